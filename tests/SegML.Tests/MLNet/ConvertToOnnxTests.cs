using System.Reflection;
using System.Xml.Linq;
using Microsoft.ML;
using SegML.Colors;
using SegML.Images;
using SegML.Masks;
using SegML.MLNet;
using SegML.Tests.Images;
using SegML.Tests.Scoring;
using SegML.Training.MLNet;

namespace SegML.Tests.MLNet;

/// <summary>ML.NET's converter refuses SegML's columns, and each estimator's documentation says so.</summary>
[TestClass]
public sealed class ConvertToOnnxTests
{
    [TestMethod]
    [DataRow("score")]
    [DataRow("colours")]
    [DataRow("masks")]
    [DataRow("planes")]
    public void ConvertToOnnxThrowsAsDocumented(string pipeline)
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext();
        var classes = ClassSet.Of("sky", "road");
        using (RgbaImage image = TestImages.Gradient(64, 48))
        {
            ImageFile.Write(folder.File("photo.png"), image);
        }
        MaskFile.Write(folder.File("mask.png"), new SegmentationMask(64, 48, classes));
        IDataView data = ml.Data.LoadFromEnumerable([new Pair { ImagePath = folder.File("photo.png"), MaskPath = folder.File("mask.png") }]);
        IEstimator<ITransformer> estimator = pipeline switch
        {
            "score" => ml.Transforms.ApplySegmentationModel("P", "ImagePath", folder.File("tiny.onnx", TinyModel.Create())),
            "colours" => ml.Transforms.LoadImages("Image", imageFolder: null, "ImagePath").Append(ml.Transforms.ConvertColor("Planes", "Image", to: ColorSpace.Lab)),
            "masks" => ml.Transforms.LoadMasks("Mask", "MaskPath", classes),
            _ => ml.Transforms.LoadMasks("Mask", "MaskPath", classes).Append(ml.Transforms.OneHotEncodeMask("OneHot", "Mask", classes)),
        };
        ITransformer model = estimator.Fit(data);
        using var stream = new MemoryStream();
        var fault = Assert.ThrowsExactly<InvalidOperationException>(() => ml.Model.ConvertToOnnx(model, data, stream));
        Assert.Contains("Unsupported type", fault.Message);
    }

    [TestMethod]
    public void EveryEstimatorsDocumentationHasTheTable()
    {
        Type[] estimators = [.. new[] { typeof(RowTransformer), typeof(ImageSegmentationTrainer), typeof(SegML.ImageSharp.ConvertColorWithImageSharpEstimator) }
            .SelectMany(t => t.Assembly.GetTypes()).Distinct()
            .Where(t => t is { IsPublic: true, IsAbstract: false } && t.GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IEstimator<>)))];
        Assert.IsGreaterThan(7, estimators.Length);
        foreach (Type estimator in estimators)
        {
            string text = Documentation(estimator.Assembly, $"T:{estimator.FullName}").Element("remarks")?.Value ?? "";
            foreach (string row in (string[])["Learns from the data", "Input column", "Output column", "Needs normalisation", "Package beside Microsoft.ML",
                "Exportable to ONNX", "ml.Model.ConvertToOnnx throws"])
            {
                Assert.Contains(row, text, estimator.Name);
            }
        }
    }

    private static XElement Documentation(Assembly assembly, string member) =>
        XDocument.Load(Path.Combine(AppContext.BaseDirectory, assembly.GetName().Name + ".xml")).Descendants("member").Single(m => (string?)m.Attribute("name") == member);

    private sealed class Pair
    {
        public string ImagePath { get; set; } = "";

        public string MaskPath { get; set; } = "";
    }
}
