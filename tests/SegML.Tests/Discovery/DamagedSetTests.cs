using System.Text.RegularExpressions;
using SegML.Datasets;
using SegML.Discovery;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Tests.Cli;
using SegML.Tests.Images;

namespace SegML.Tests.Discovery;

/// <summary>Of sets of which half is damaged nothing sound is lost, and everything that is left out is listed.</summary>
[TestClass]
public sealed class DamagedSetTests
{
    private readonly TemporaryFolder _folder = new();

    [TestCleanup]
    public void Remove() => _folder.Dispose();

    [TestMethod]
    [DataRow("labelme", @"/(\d+)\.json$")]
    [DataRow("supervisely", @"/ann/(\d+)[^/]*\.json$")]
    [DataRow("binary masks", @"/masks/(\d+)\.png$")]
    [DataRow("roboflow masks", @"/(\d+)[^/]*_mask\.png$")]
    [DataRow("roboflow yolo", @"/images/(\d+)\.png$")]
    [DataRow("cvat task", @"/images/(\d+)\.png$")]
    public void CutFilesCostOnlyTheirImagesAndAreListed(string form, string file)
    {
        string set = Unpacked(form);
        string[] cut = [.. Directory.EnumerateFiles(set, "*", SearchOption.AllDirectories).Where(f => Regex.Match(f.Replace('\\', '/'), file) is { Success: true } m && IsOdd(m.Groups[1].Value))];
        Assert.HasCount(ExportedSets.Images / 2, cut);
        foreach (string path in cut)
        {
            byte[] bytes = File.ReadAllBytes(path);
            File.WriteAllBytes(path, bytes[..(bytes.Length / 2)]);
        }
        Pipeline pipeline = Init(set, out string output);
        Assert.Contains("\"onDamaged\": \"skip\"", File.ReadAllText(_folder.File("street.json")));
        Assert.Contains($"{cut.Length} images of which a file is damaged", output);
        DatasetItem[] items = Items(pipeline, out DatasetFinding[] findings);
        CollectionAssert.AreEquivalent(cut.Select(Path.GetFullPath).ToArray(), findings.Where(f => f.IsLeftOut).Select(f => Path.GetFullPath(f.Subject)).ToArray());
        AreDrawn(items, form, ExportedSets.Images - cut.Length);
    }

    [TestMethod]
    [DataRow("roboflow coco", @"_annotations\.coco\.json$", @"""annotations"":\s*\[", @"$0{""id"":900,""image_id"":1,""category_id"":1,""segmentation"":[]},{""id"":901,""image_id"":2,""category_id"":1,""segmentation"":[[1,1,2,2]]},")]
    [DataRow("cvat task", @"annotations\.xml$", @"(<image id=""\d*[13579]""[^>]*>)", @"$1<skeleton label=""car""/><polygon label=""car"" points=""1,1;2,2""/>")]
    [DataRow("labelme", @"[13579]\.json$", @"""shapes"":\s*\[", @"$0{""label"":""car"",""shape_type"":""polygon"",""points"":[[1,1]]},")]
    [DataRow("label studio", @"tasks\.json$", @"""result"":\s*\[", @"$0{""id"":""bad"",""type"":""polygonlabels"",""original_width"":64,""original_height"":48,""value"":{""points"":[[1,1]],""polygonlabels"":[""car""]}},")]
    [DataRow("roboflow yolo", @"[13579]\.txt$", "^", "0 0.5 0.5\n")]
    public void BadObjectsCostOnlyThemselvesAndAreCounted(string form, string files, string place, string bad)
    {
        string set = Unpacked(form);
        int added = 0;
        foreach (string file in Directory.EnumerateFiles(set, "*", SearchOption.AllDirectories).Where(f => Regex.IsMatch(f, files)))
        {
            string text = File.ReadAllText(file);
            added += Regex.Count(text, place) * Math.Max(1, Regex.Count(bad, "<|\"image_id\""));
            File.WriteAllText(file, Regex.Replace(text, place, bad));
        }
        Assert.IsGreaterThan(0, added);
        Pipeline pipeline = Init(set, out string output);
        Assert.Contains($"left out: {added} annotated object", output);
        DatasetItem[] items = Items(pipeline, out _);
        Assert.AreEqual(added, items.Sum(i => i.Annotation!().Unusable.Count));
        AreDrawn(items, form, ExportedSets.Images);
        Segml.Result check = Segml.Run("check", _folder.File("street.json"));
        Assert.AreEqual(0, check.Code, check.Output);
        Assert.Contains("; left out; ", check.Output);
    }

    private string Unpacked(string form)
    {
        string set = _folder.File("set");
        ZipFolder.Unpack(ExportedSets.Zip(_folder, form), set);
        return set;
    }

    private Pipeline Init(string set, out string output)
    {
        Segml.Result init = Segml.Run("init", set, "--out", _folder.File("street.json"), "--minutes", "0.02");
        Assert.AreEqual(0, init.Code, init.Error + init.Output);
        output = init.Output;
        return PipelineFile.Read(_folder.File("street.json"));
    }

    private static DatasetItem[] Items(Pipeline pipeline, out DatasetFinding[] findings)
    {
        DatasetListing[] listings = [.. pipeline.Data.SplitNames.Select(s => Dataset.Survey(pipeline, s))];
        findings = [.. listings.SelectMany(l => l.Findings)];
        return [.. listings.SelectMany(l => l.Items)];
    }

    private static void AreDrawn(DatasetItem[] items, string form, int count)
    {
        Assert.HasCount(count, items);
        ClassSet classes = ExportedSets.Classes(form);
        foreach (DatasetItem item in items)
        {
            using SegmentationMask mask = item.ReadMask(classes);
            CollectionAssert.AreEqual(ExportedSets.Mask(int.Parse(Path.GetFileName(item.ImagePath)[..3], System.Globalization.CultureInfo.InvariantCulture), form).Ids.ToArray(), mask.Ids.ToArray());
        }
    }

    private static bool IsOdd(string number) => (number[^1] - '0') % 2 == 1;
}
