using SegML.Annotations;
using SegML.Annotations.Formats;
using SegML.Images;
using SegML.Masks;
using SegML.Scenes.Roads;
using SegML.Tests.Images;
using SkiaSharp;

namespace SegML.Tests.Quickstart;

[TestClass]
public sealed class SceneTests
{
    private const int Width = 128, Height = 96;

    [TestMethod]
    public void TheSameSeedAndNumberGiveTheSameScene()
    {
        Scene first = SceneGenerator.Create(5, 3, Width, Height), second = SceneGenerator.Create(5, 3, Width, Height);
        using RgbaImage a = ScenePainter.Paint(first), b = ScenePainter.Paint(second), again = ScenePainter.Paint(first);
        Assert.AreEqual(SceneAnnotation.ToJson(first), SceneAnnotation.ToJson(second));
        Assert.IsTrue(a.Pixels.SequenceEqual(b.Pixels), "two scenes of one seed and number look alike");
        Assert.IsTrue(a.Pixels.SequenceEqual(again.Pixels), "a scene that is painted twice looks the same");
    }

    [TestMethod]
    public void NoTwoScenesShareAShape()
    {
        var seen = new HashSet<string>();
        foreach ((int seed, int number) in from seed in new[] { 1, 2 } from number in Enumerable.Range(0, 20) select (seed, number))
        {
            Scene scene = SceneGenerator.Create(seed, number, Width, Height);
            // The sky fills the whole picture in every scene; what is seen of it differs.
            IEnumerable<string> shapes = scene.Shapes.Where(s => s.Title is not (null or "sky")).Select(s => $"{s.Title} {string.Join(' ', s.Points)}");
            foreach (string shape in shapes.Distinct())
            {
                Assert.IsTrue(seen.Add(shape), $"seed {seed}, scene {number}: {shape}");
            }
        }
    }

    [TestMethod]
    public void ScenesHoldEveryClassHolesLinesAndAllHours()
    {
        ClassSet classes = SceneClasses.Create();
        var found = new HashSet<byte>();
        var brightness = new List<double>();
        int holes = 0, lines = 0;
        for (int number = 0; number < 40; number++)
        {
            Scene scene = SceneGenerator.Create(1, number, Width, Height);
            AnnotatedImage annotation = ReadBack(scene);
            found.UnionWith(AnnotationRasterizer.Draw(annotation, classes).Ids.ToArray());
            holes += annotation.Shapes.OfType<PolygonShape>().Count(p => p.Holes.Count > 0);
            lines += annotation.Shapes.OfType<LineShape>().Count();
            using RgbaImage image = ScenePainter.Paint(scene);
            brightness.Add(image.Pixels.ToArray().Average(b => (double)b));
        }
        CollectionAssert.IsSubsetOf(Enumerable.Range(0, classes.Count).Select(i => (byte)i).ToList(), found.ToList());
        Assert.Contains(classes.IgnoreIndex, found);
        Assert.IsGreaterThan(0, holes, "polygons with holes");
        Assert.IsGreaterThan(0, lines, "lines");
        Assert.IsGreaterThan(brightness.Min() + 60, brightness.Max(), "day and night");
    }

    [TestMethod]
    [DataRow(128, 96)]
    [DataRow(256, 192)]
    public void AnnotationsAgreeWithWhatIsDrawn(int width, int height)
    {
        ClassSet classes = SceneClasses.Create();
        int agreeing = 0, all = 0;
        for (int number = 0; number < 15; number++)
        {
            Scene scene = SceneGenerator.Create(7, number, width, height);
            SegmentationMask mask = AnnotationRasterizer.Draw(ReadBack(scene), classes);
            byte[] drawn = DrawFlat(scene, classes);
            int same = 0;
            for (int i = 0; i < drawn.Length; i++)
            {
                same += drawn[i] == mask.Ids[i] ? 1 : 0;
            }
            Assert.IsGreaterThan(0.99 * drawn.Length, same, $"scene {number}");
            agreeing += same;
            all += drawn.Length;
        }
        Assert.IsGreaterThan(0.999 * all, agreeing, $"{agreeing} of {all} pixels agree");
    }

    private static AnnotatedImage ReadBack(Scene scene)
    {
        using var folder = new TemporaryFolder();
        return AnnotationFile.Read(folder.File("scene.jpg.json", System.Text.Encoding.UTF8.GetBytes(SceneAnnotation.ToJson(scene))));
    }

    /// <summary>The scene as Skia draws it, each shape in a grey level that is its class id.</summary>
    private static byte[] DrawFlat(Scene scene, ClassSet classes)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(scene.Width, scene.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using (var canvas = new SKCanvas(bitmap))
        {
            foreach (SceneShape shape in scene.Shapes.Where(s => s.Title is not null))
            {
                Assert.IsTrue(classes.TryFromName(shape.Title!, out byte id), shape.Title);
                using SKPath outline = shape.ToPath();
                using var paint = new SKPaint { Color = new SKColor(id, id, id), IsAntialias = false };
                canvas.DrawPath(outline, paint);
            }
        }
        return [.. bitmap.Pixels.Select(p => p.Red)];
    }
}
