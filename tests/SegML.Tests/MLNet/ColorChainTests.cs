using Google.Protobuf;
using Microsoft.ML;
using Microsoft.ML.Data;
using SegML.Colors;
using SegML.Masks;
using SegML.MLNet;
using SegML.Tests.Images;
using SegML.Training.MLNet;

namespace SegML.Tests.MLNet;

/// <summary>Images, converted colours, one-hot masks, trainer: as estimators after each other, and what comes of them.</summary>
[TestClass]
public sealed class ColorChainTests
{
    private static readonly MLContext ML = new(seed: 1);

    [TestMethod]
    public void PlanesAndOneHotMasksTrainWhatTheTrainersOwnOptionsTrain()
    {
        using var folder = new TemporaryFolder();
        IDataView paths = new TrainerData(folder, ML).Paths(4);
        var images = ML.Transforms.LoadImages("Image", imageFolder: null, "ImagePath").Append(ML.Transforms.LoadMasks("Mask", "MaskPath", TrainerData.Classes));

        ImageSegmentationTrainer.Options own = TrainerData.Options("Image", epochs: 1);
        own.Input = own.Input with { ColorSpace = ColorSpace.Lab };
        byte[] expected = Train(images.Append(ML.MulticlassClassification.Trainers.ImageSegmentation(own)));

        ImageSegmentationTrainer.Options planes = TrainerData.Options("Planes", epochs: 1);
        planes.LabelColumnName = "OneHot";
        byte[] segml = Train(images.Append(ML.Transforms.ConvertColor("Planes", "Image", to: ColorSpace.Lab))
            .Append(ML.Transforms.OneHotEncodeMask("OneHot", "Mask", TrainerData.Classes)).Append(ML.MulticlassClassification.Trainers.ImageSegmentation(planes)));
        byte[] imageSharp = Train(images.Append(ML.Transforms.ConvertColorWithImageSharp("Planes", "Image", to: ColorSpace.Lab))
            .Append(ML.Transforms.OneHotEncodeMask("OneHot", "Mask", TrainerData.Classes)).Append(ML.MulticlassClassification.Trainers.ImageSegmentation(planes)));
        CollectionAssert.AreEqual(expected, segml);
        CollectionAssert.AreEqual(expected, imageSharp);

        byte[] Train(EstimatorChain<ApplySegmentationModelTransformer> chain)
        {
            TransformerChain<ApplySegmentationModelTransformer> model = chain.Fit(paths);
            Assert.AreEqual(ColorSpace.Lab, model.LastTransformer.Segmenter.Info.Input.ColorSpace);
            return [.. model.Transform(paths).GetColumn<SegmentationMask>("PredictedMask").SelectMany(m => m.Ids.ToArray()), .. Weights(model.LastTransformer)];
        }

        // All of the file but its metadata, which says when it was made.
        static byte[] Weights(ApplySegmentationModelTransformer model) =>
            SegML.Onnx.Protobuf.ModelProto.Parser.ParseFrom(model.Segmenter.Model.ToArray()).Graph.ToByteArray();
    }

    [TestMethod]
    public void ASoftMaskCountsForItsGreatestClass()
    {
        ClassSet classes = TrainerData.Classes;
        var planes = new VBuffer<float>(8, [0.6f, 0.2f, 0, 0.5f, 0.4f, 0.8f, 0, 0.1f]);
        using SegmentationMask mask = OneHotDecodeMaskTransformer.Decode(planes, 2, 2, classes);
        CollectionAssert.AreEqual(new byte[] { 0, 1, classes.IgnoreIndex, 0 }, mask.Ids.ToArray());
    }

    [TestMethod]
    public void OptionsThatAskForAnotherSpaceThanThePlanesAreRefused()
    {
        using var folder = new TemporaryFolder();
        IDataView paths = new TrainerData(folder, ML).Paths(2);
        ImageSegmentationTrainer.Options options = TrainerData.Options("Planes", epochs: 1);
        options.Input = options.Input with { ColorSpace = ColorSpace.Hsv };
        var chain = ML.Transforms.LoadImages("Image", imageFolder: null, "ImagePath").Append(ML.Transforms.LoadMasks("Mask", "MaskPath", TrainerData.Classes))
            .Append(ML.Transforms.ConvertColor("Planes", "Image", to: ColorSpace.Lab)).Append(ML.MulticlassClassification.Trainers.ImageSegmentation(options));
        StringAssert.Contains(Assert.ThrowsExactly<SchemaException>(() => chain.Fit(paths)).Message, "holds planes of Lab, and the options ask for Hsv");
    }

    [TestMethod]
    public void APackageThatTheAppLacksIsNamedWhenAPipelineIsLoaded()
    {
        var e = Assert.ThrowsExactly<ModelFormatException>(() => new SavedTransformer("SegML.NotThere/ConvertColor", "{}").ToTransformer(ML));
        Assert.AreEqual("the saved pipeline holds a transformer of the package SegML.NotThere, which this app does not have; add it: dotnet add package SegML.NotThere", e.Message);
        // What a file names is not loaded unless it is one of SegML's.
        e = Assert.ThrowsExactly<ModelFormatException>(() => new SavedTransformer("SixLabors.ImageSharp/Anything", "{}").ToTransformer(ML));
        StringAssert.Contains(e.Message, "that this build does not know");
    }
}
