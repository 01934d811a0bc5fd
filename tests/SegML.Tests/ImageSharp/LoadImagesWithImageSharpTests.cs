using Microsoft.ML;
using Microsoft.ML.Data;
using SegML.Images;
using SegML.MLNet;
using SegML.Tests.Images;

namespace SegML.Tests.ImageSharp;

/// <summary>A column of images from files that ML.NET's own LoadImages does not read.</summary>
[TestClass]
public sealed class LoadImagesWithImageSharpTests
{
    private readonly MLContext _ml = new(seed: 1);

    [TestMethod]
    public void ATIFFOf16BitsComesFromAPathOrBytesAndFromASavedChain()
    {
        using var folder = new TemporaryFolder();
        byte[] file = new TestTiff { Width = 7, Height = 3, Channels = 3, Bits = 16, Sample = (x, y, c) => (x * 30 + y * 5 + c * 20) * 257 }.Encode();
        Row[] rows = [new() { ImagePath = folder.File("a.tif", file), Content = file }];
        IDataView data = _ml.Data.LoadFromEnumerable(rows);
        ITransformer chain = _ml.Transforms.LoadImagesWithImageSharp("Image", "ImagePath").Append(_ml.Transforms.LoadImagesWithImageSharp("Other", "Content")).Fit(data);
        string saved = folder.File("chain.zip");
        _ml.Model.Save(chain, data.Schema, saved);

        foreach (ITransformer loader in (ITransformer[])[chain, _ml.Model.Load(saved, out _)])
        {
            foreach (string column in (string[])["Image", "Other"])
            {
                using MLImage image = loader.Transform(data).GetColumn<MLImage>(column).Single();
                using RgbaImage pixels = MLImagePixels.ToRgba(image);
                Assert.AreEqual((7, 3), (pixels.Width, pixels.Height));
                for (int i = 0; i < 4 * 7 * 3; i++)
                {
                    int pixel = i / 4, c = i % 4;
                    Assert.AreEqual(c == 3 ? 255 : pixel % 7 * 30 + pixel / 7 * 5 + c * 20, pixels.Pixels[i]);
                }
            }
        }
    }

    [TestMethod]
    public void ADamagedFileIsNamed()
    {
        using var folder = new TemporaryFolder();
        byte[] whole = new TestTiff { Width = 40, Height = 30, Channels = 3, Bits = 16 }.Encode(), cut = whole[..(whole.Length / 2)];
        IDataView data = _ml.Data.LoadFromEnumerable([new Row { ImagePath = folder.File("cut.tif", cut), Content = cut }]);
        IDataView loaded = _ml.Transforms.LoadImagesWithImageSharp("Image", "ImagePath").Fit(data).Transform(data);
        Exception? thrown = Assert.Throws<Exception>(() => loaded.GetColumn<MLImage>("Image").Single());
        while (thrown is not null and not ImageFormatException)
        {
            thrown = thrown.InnerException;
        }
        Assert.IsNotNull(thrown, "the error is not SegML's");
        Assert.Contains("cut.tif", thrown.Message);
    }

    private sealed class Row
    {
        public string ImagePath { get; set; } = "";

        public byte[] Content { get; set; } = [];
    }
}
