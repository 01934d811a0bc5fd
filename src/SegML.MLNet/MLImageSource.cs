using Microsoft.ML.Data;
using SegML.Images;
using SegML.Pipelines;
using SegML.Scoring;

namespace SegML.MLNet;

/// <summary>ML.NET's image, which is copied and stays the caller's.</summary>
internal readonly struct MLImageSource(MLImage image) : IImageSource
{
    private readonly MLImage _image = image ?? throw new ArgumentNullException(nameof(image));

    public string Name => "the image";

    public NetworkImage Prepare(InputOptions input, ImageReadOptions options) => NetworkImage.Take(MLImagePixels.ToRgba(_image), input);

    public ImageRows OpenRows(InputOptions input, ImageReadOptions options) =>
        InputChannels.Rows(MLImagePixels.ToRgba(_image), input, Name);
}
