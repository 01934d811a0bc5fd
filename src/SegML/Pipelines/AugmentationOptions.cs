namespace SegML.Pipelines;

/// <summary>
/// Random changes to training samples, in the order in which they are made. Ranges are uniform unless said otherwise. What is drawn
/// for a sample follows from <see cref="TrainingOptions.Seed"/>, the epoch and the sample's index alone, and each change draws from
/// a sequence of its own: turning one on leaves the others as they were.
/// </summary>
public sealed record AugmentationOptions
{
    /// <summary>Crop width in pixels; 0: the input's width. Default 0.</summary>
    public int CropWidth { get; init; }

    /// <summary>Crop height in pixels; 0: the input's height. Default 0.</summary>
    public int CropHeight { get; init; }

    /// <summary>Least scale of the reference size before cropping, 0.05 to 20. Default 0.7.</summary>
    public double ScaleMin { get; init; } = 0.7;

    /// <summary>Greatest scale of the reference size before cropping, <see cref="ScaleMin"/> to 20. Default 2.</summary>
    public double ScaleMax { get; init; } = 2;

    /// <summary>
    /// Progressive resizing (Howard 2018; Tan and Le 2021, EfficientNetV2): the share of the crop's sides and of the scales that training
    /// begins with, 0.1 to 1. Small crops of small images show as much of the world for fewer pixels, so a network sees more in the same
    /// time; batches that are smaller than the last ones are rounded to multiples of 32 pixels a side. 1: the same size throughout. Default 1.
    /// </summary>
    public double GrowFrom { get; init; } = 1;

    /// <summary>The share of the run's epochs over which crops grow evenly to their full size, 0 to 1. Default 0.6.</summary>
    public double GrowShare { get; init; } = 0.6;

    /// <summary>Probability of a left-right flip. Default 0.5.</summary>
    public double Flip { get; init; } = 0.5;

    /// <summary>Probability of an upside-down flip. For images without an upper side: aerial photos, microscopy, textures. Default 0.</summary>
    public double VerticalFlip { get; init; }

    /// <summary>
    /// Probability of a turn by 90, 180 or 270 degrees, each as likely; 0.75 makes all four directions alike. Pixels are moved, not
    /// resampled as by <see cref="Rotation"/>. Crops that are not square work too. Default 0.
    /// </summary>
    public double Rotate90 { get; init; }

    /// <summary>
    /// Share of the crops, 0 to 1, that are centred on a random pixel of a rare class, as far as they stay on the sample. The class is
    /// drawn first, from those that the sample has; a sample without any is cropped anywhere. Default 0.
    /// </summary>
    public double RareShare { get; init; }

    /// <summary>
    /// Names of the rare classes, at which <see cref="RareShare"/> and <see cref="CopyPaste"/> aim. Empty: every class with less
    /// than half of what it would have if all classes had the same number of training pixels. Default empty.
    /// </summary>
    public IReadOnlyList<string> RareClasses { get; init; } = [];

    /// <summary>Greatest rotation about the crop's centre, either way, in degrees, 0 to 180. Default 0.</summary>
    public double Rotation { get; init; }

    /// <summary>Greatest shift of each of the crop's corners, as a share of the crop's sides, 0 to 0.2. Default 0.</summary>
    public double Perspective { get; init; }

    /// <summary>
    /// Greatest elastic shift in crop pixels, 0 to 0.4 of <see cref="ElasticCell"/>, beyond which an image may fold over: points of a
    /// grid are shifted at random, with a cubic B-spline between them (Simard et al. 2003 smooth by a Gaussian instead). Default 0.
    /// </summary>
    public double Elastic { get; init; }

    /// <summary>Distance of the elastic grid's points in crop pixels, 4 to 4096. Default 64.</summary>
    public int ElasticCell { get; init; } = 64;

    /// <summary>Greatest brightness shift, as a share of full scale, 0 to 1. Default 0.2.</summary>
    public double Brightness { get; init; } = 0.2;

    /// <summary>Greatest relative change of contrast, 0 to 1. Default 0.3.</summary>
    public double Contrast { get; init; } = 0.3;

    /// <summary>Greatest relative change of saturation, 0 to 1. Default 0.3.</summary>
    public double Saturation { get; init; } = 0.3;

    /// <summary>Greatest relative change of each channel's gain, 0 to 1. Default 0.1.</summary>
    public double ChannelGain { get; init; } = 0.1;

    /// <summary>Greatest turn of the hue, either way, in degrees, 0 to 180. Luma stays. Default 0.</summary>
    public double Hue { get; init; }

    /// <summary>
    /// Probability that a sample gets objects of the rare classes from another sample: connected regions, at the crop's scale, with
    /// their masks (Ghiasi et al. 2021, simple copy-paste; Yang et al. 2022, by class). Default 0.
    /// </summary>
    public double CopyPaste { get; init; }

    /// <summary>Most regions that are pasted into a sample, 1 to 100. Default 3.</summary>
    public int CopyPasteRegions { get; init; } = 3;

    /// <summary>
    /// Probability that a sample gets a rectangle of another of its batch, with its mask (Yun et al. 2019, CutMix, https://arxiv.org/abs/1905.04899). Default 0.
    /// </summary>
    public double CutMix { get; init; }

    /// <summary>
    /// Greatest share, 0 to 1, of another sample's amplitudes that the frequencies of a sample get: light, colour and texture become mixtures of those that the images have,
    /// shapes stay (Xu et al. 2021, amplitude mix, https://arxiv.org/abs/2105.11120, which takes 1). Default 0.
    /// </summary>
    public double AmplitudeMix { get; init; }

    /// <summary>
    /// Probability with which each defect - shadow, blur, noise, JPEG artefacts, cutout - that is turned on happens to a sample,
    /// each on its own. Default 0.3.
    /// </summary>
    public double DefectShare { get; init; } = 0.3;

    /// <summary>Greatest darkening inside a shadow, an angular area of random place and size; 0 (none) to 1 (black). Default 0.</summary>
    public double Shadow { get; init; }

    /// <summary>
    /// Greatest change of the tone curve, 0 to 4: values of 0 to 1 are raised to a power from 1 / (1 + this) to 1 + this,
    /// log-uniform. Default 0.
    /// </summary>
    public double Gamma { get; init; }

    /// <summary>Greatest standard deviation of a Gaussian blur in crop pixels, 0 to 20. Default 0.</summary>
    public double Blur { get; init; }

    /// <summary>Greatest standard deviation of Gaussian noise, as a share of full scale, 0 to 1. Default 0.</summary>
    public double Noise { get; init; }

    /// <summary>Least JPEG quality, 1 to 95, from which up to 95 a sample is encoded and decoded again; 0: never. Default 0.</summary>
    public int JpegQuality { get; init; }

    /// <summary>
    /// Greatest side of a rectangle that is blanked with the mean colour, as a share of the crop's sides, 0 to 1; its pixels are
    /// ignored (DeVries and Taylor 2017). Default 0.
    /// </summary>
    public double Cutout { get; init; }

    /// <summary>Checks the ranges.</summary>
    /// <param name="source">The pipeline file's path, for errors.</param>
    /// <exception cref="PipelineFormatException">A value is out of its range.</exception>
    public void Validate(string source)
    {
        var range = new OptionRange(source, "training.augmentation");
        range.AtLeast(CropWidth, 0, "cropWidth");
        range.AtLeast(CropHeight, 0, "cropHeight");
        range.Within(ScaleMin, 0.05, 20, "scaleMin");
        range.Within(ScaleMax, ScaleMin, 20, "scaleMax");
        range.Within(GrowFrom, 0.1, 1, "growFrom");
        range.Within(GrowShare, 0, 1, "growShare");
        range.Within(Flip, 0, 1, "flip");
        range.Within(VerticalFlip, 0, 1, "verticalFlip");
        range.Within(Rotate90, 0, 1, "rotate90");
        range.Within(RareShare, 0, 1, "rareShare");
        range.Within(Rotation, 0, 180, "rotation");
        range.Within(Perspective, 0, 0.2, "perspective");
        range.Within(ElasticCell, 4, 4096, "elasticCell");
        range.Within(Elastic, 0, 0.4 * ElasticCell, "elastic");
        range.Within(Brightness, 0, 1, "brightness");
        range.Within(Contrast, 0, 1, "contrast");
        range.Within(Saturation, 0, 1, "saturation");
        range.Within(ChannelGain, 0, 1, "channelGain");
        range.Within(Hue, 0, 180, "hue");
        range.Within(CopyPaste, 0, 1, "copyPaste");
        range.Within(CopyPasteRegions, 1, 100, "copyPasteRegions");
        range.Within(CutMix, 0, 1, "cutMix");
        range.Within(AmplitudeMix, 0, 1, "amplitudeMix");
        range.Within(DefectShare, 0, 1, "defectShare");
        range.Within(Shadow, 0, 1, "shadow");
        range.Within(Gamma, 0, 4, "gamma");
        range.Within(Blur, 0, 20, "blur");
        range.Within(Noise, 0, 1, "noise");
        range.Within(JpegQuality, 0, 95, "jpegQuality");
        range.Within(Cutout, 0, 1, "cutout");
        if (RareClasses is null)
        {
            throw new PipelineFormatException(source, "has null as training.augmentation.rareClasses", "write [] or name classes");
        }
    }
}
