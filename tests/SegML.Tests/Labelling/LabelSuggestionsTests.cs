using System.Text.Json;
using System.Xml.Linq;
using SegML.Images;
using SegML.Labelling;
using SegML.Scoring;
using SegML.Tests.Cli;
using SegML.Tests.Images;
using SegML.Tests.Scoring;

namespace SegML.Tests.Labelling;

/// <summary>Which images are worth labelling: those the model does not know, and not one scene many times.</summary>
[TestClass]
public sealed class LabelSuggestionsTests
{
    private TemporaryFolder _folder = null!;
    private Segmenter _segmenter = null!;

    [TestInitialize]
    public void Begin()
    {
        _folder = new TemporaryFolder();
        // Larger logits: a clear colour is a certain class.
        _segmenter = Segmenter.Load(TinyModel.Create(weight: 12), "tiny");
    }

    [TestCleanup]
    public void End()
    {
        _segmenter.Dispose();
        _folder.Dispose();
    }

    [TestMethod]
    [DataRow(InformationMeasure.Entropy)]
    [DataRow(InformationMeasure.Margin)]
    public void TheLeastCertainComesFirst(InformationMeasure measure)
    {
        string[] files = [Photo("sure", 250, 5, 5), Photo("between", 150, 100, 5), Photo("lost", 100, 100, 100)];
        IReadOnlyList<Suggestion> ranked = LabelSuggestions.Rank(_segmenter, files, new SuggestionOptions { Measure = measure, Diversity = 0 });
        CollectionAssert.AreEqual(new[] { files[2], files[1], files[0] }, ranked.Select(s => s.Path).ToArray());
        Assert.AreEqual(1, ranked[0].Information, 1e-3, "all classes are as probable");
        Assert.IsLessThan(0.05, ranked[2].Information);
    }

    [TestMethod]
    public void AModelThatSeesTheSameInTheMirrorAgrees()
    {
        string[] files = [Photo("flat", 100, 90, 80)];
        Assert.AreEqual(0, LabelSuggestions.Rank(_segmenter, files, new SuggestionOptions { Measure = InformationMeasure.Disagreement })[0].Information);
    }

    [TestMethod]
    public void FramesOfOneSceneDoNotFillTheList()
    {
        // Nine frames of what the model knows least, and two other scenes that it knows better.
        string[] frames = [.. Enumerable.Range(0, 9).Select(i => Photo($"frame{i}", 100 + i % 2, 100, 100))];
        string[] others = [Photo("red", 140, 90, 60), Photo("blue", 60, 90, 140)];
        string[] Best(double diversity) => [.. LabelSuggestions.Rank(_segmenter, [.. frames, .. others], new SuggestionOptions { Count = 3, Diversity = diversity }).Select(s => s.Path)];
        CollectionAssert.IsSubsetOf(Best(0), frames);
        CollectionAssert.AreEquivalent(others, Best(1).Except(frames).ToArray(), "one frame and both other scenes");
    }

    [TestMethod]
    public void AnImageThatCannotBeReadIsLeftOut()
    {
        var skipped = new List<ImageFormatException>();
        string bad = _folder.File("bad.png", [1, 2, 3]);
        IReadOnlyList<Suggestion> ranked = LabelSuggestions.Rank(_segmenter, [bad, Photo("good", 1, 2, 3)], skipped: skipped.Add);
        Assert.HasCount(1, ranked);
        StringAssert.StartsWith(skipped.Single().Message, bad);
    }

    [TestMethod]
    public void TheCommandWritesListPageAndDrafts()
    {
        string model = _folder.File("tiny.onnx", TinyModel.Create());
        Directory.CreateDirectory(_folder.File("photos"));
        for (int i = 0; i < 4; i++)
        {
            Photo($"photos/{i}", 60 * i, 100, 40);
        }
        Segml.Result result = Segml.Run("data", "suggest", model, _folder.File("photos"), "--count", "3", "--out", _folder.File("next"), "--annotations", "cvat");
        Assert.AreEqual(0, result.Code, result.Error);
        StringAssert.Contains(result.Output, "3 images of 4 to label next");
        string[] list = File.ReadAllLines(_folder.File("next/suggestions.txt"));
        Assert.IsTrue(list.Length == 3 && list.All(File.Exists));
        JsonElement first = JsonDocument.Parse(File.ReadAllText(_folder.File("next/suggestions.json"))).RootElement[0];
        Assert.AreEqual(list[0], first.GetProperty("path").GetString());
        Assert.HasCount(3, XDocument.Load(_folder.File("next/annotations/annotations.xml")).Root!.Elements("image").ToArray());
        string page = File.ReadAllText(_folder.File("next/suggestions.html"));
        StringAssert.Contains(page, $"1. {Path.GetFileName(list[0])}");
        Segml.Fails(2, Segml.Run("data", "suggest", model, _folder.File("photos"), "--out", _folder.File("no"), "--diversity", "2"), "--diversity is not 0 to 1");
    }

    [TestMethod]
    public void AnImageThatWasSkippedIsInTheExitCodeAndEarlierDraftsAreSaid()
    {
        string model = _folder.File("tiny.onnx", TinyModel.Create()), next = _folder.File("next");
        Directory.CreateDirectory(_folder.File("photos"));
        Photo("photos/a", 10, 20, 30);
        _folder.File("bad.png", [1, 2, 3]);
        Segml.Result first = Segml.Run("data", "suggest", model, _folder.File("photos"), _folder.File("bad.png"), "--out", next, "--annotations", "labelme");
        Assert.AreEqual(2, first.Code, first.Error);
        StringAssert.Contains(first.Output, "1 image of 2 to label next");
        StringAssert.Contains(first.Output, "1 skipped");
        Assert.DoesNotContain("of an earlier time", first.Error);

        Segml.Result second = Segml.Run("data", "suggest", model, Photo("b", 30, 20, 10), _folder.File("bad.png"), "--out", next, "--annotations", "labelme", "--allow-skipped");
        Assert.AreEqual(0, second.Code, second.Error);
        StringAssert.Contains(second.Error, $"1 file of an earlier time stays in {Path.Combine(next, "annotations")}");
    }

    private string Photo(string name, int red, int green, int blue)
    {
        using var image = new RgbaImage(48, 32);
        for (int i = 0; i < 48 * 32; i++)
        {
            (image.Pixels[4 * i], image.Pixels[4 * i + 1], image.Pixels[4 * i + 2], image.Pixels[4 * i + 3]) = ((byte)red, (byte)green, (byte)blue, 255);
        }
        return _folder.File($"{name}.png", ImageFile.EncodePng(image));
    }
}
