using System.Globalization;
using SegML.Annotations;
using SegML.Masks;
using SegML.Pipelines;

namespace SegML.Datasets;

/// <summary>Finds out before training, and not hours into it, that a file cannot be used.</summary>
public static class DatasetCheck
{
    /// <summary>
    /// Decodes every image and every mask in full, counts what the masks hold and compares sizes, on all cores. Collects every
    /// fault. What it keeps of an item is below half a kilobyte.
    /// </summary>
    /// <param name="items">What to check.</param>
    /// <param name="classes">What the masks' values may be.</param>
    /// <param name="progress">Receives the number of items done, from several threads.</param>
    /// <param name="cancellation">Stops the check.</param>
    /// <param name="options">What else to look at. Null: nothing.</param>
    /// <returns>The findings, the classes' pixel counts and what was measured: the same whatever the number of cores.</returns>
    /// <exception cref="OperationCanceledException">The check was stopped.</exception>
    public static DatasetReport Run(
        IReadOnlyList<DatasetItem> items,
        ClassSet classes,
        IProgress<(int Done, int Total)>? progress = null,
        CancellationToken cancellation = default,
        DatasetCheckOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(classes);
        options ??= new DatasetCheckOptions();
        var checks = new ItemCheck[items.Count];
        var pixels = new long[256];
        var masks = new int[256];
        int done = 0;
        var parallel = new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount };
        Parallel.For(0, items.Count, parallel, i =>
        {
            checks[i] = new ItemCheck(items[i], classes, options);
            AddUp(checks[i].TakeClassPixels(), pixels, masks);
            progress?.Report((Interlocked.Increment(ref done), items.Count));
        });
        (double[] mean, double[] std) = ChannelSums.Total([.. checks.Select(c => c.Sums).OfType<ChannelSums>()]);
        return new DatasetReport(items.Count,
            [.. checks.SelectMany(c => c.Findings), .. UnknownValues(checks, classes), .. TwoMeaningsOfWhite(checks, classes), .. UnknownNames(checks, classes),
                .. Unusable(checks), .. PoorFit(checks, pixels, classes), .. NarrowRange(mean, std, options.Input), .. AbsentClasses(pixels, classes)],
            pixels[..classes.Count], pixels[classes.IgnoreIndex])
        {
            ClassMasks = masks[..classes.Count],
            Sizes = [.. checks.Select(c => c.Size).OfType<(int Width, int Height)>().CountBy(s => s)
                .OrderByDescending(s => s.Value).ThenBy(s => s.Key).Select(s => new ImageSizeCount(s.Key.Width, s.Key.Height, s.Value))],
            Mean = mean,
            Std = std,
            Frames = [.. checks.Where(c => c.Likeness is not null).Select(c => (c.Item.ImagePath, c.Likeness!.Value))],
        };
    }

    private static void AddUp(long[]? counts, long[] pixels, int[] masks)
    {
        if (counts is null)
        {
            return;
        }
        lock (pixels)
        {
            for (int id = 0; id < counts.Length; id++)
            {
                pixels[id] += counts[id];
                masks[id] += counts[id] > 0 ? 1 : 0;
            }
        }
    }

    /// <summary>A finding for each value of no class, however many masks hold it: a data set is mostly wrong in the same way throughout.</summary>
    private static IEnumerable<DatasetFinding> UnknownValues(ItemCheck[] checks, ClassSet classes) =>
        checks.SelectMany(c => c.Unknown.Select(u => (Check: c, Unknown: u)))
            .GroupBy(f => (f.Unknown.IsColor, f.Unknown.Value))
            .Select(group =>
            {
                (ItemCheck check, UnknownValue first) = group.First();
                int files = group.Count();
                long pixels = group.Sum(f => f.Unknown.Pixels);
                string others = files == 1 ? $"in {pixels.Of("pixel")}" : $"and {files - 1} more masks hold it too, {pixels.Of("pixel")} in all";
                return new DatasetFinding(first.IsColor ? FindingKind.UnknownColor : FindingKind.UnknownValue, check.Item.MaskPath,
                    $"holds {first.Name} at ({first.At.X}, {first.At.Y}), {others}: not among the {classes.Count} classes or ignore index {classes.IgnoreIndex} of {classes.Source}",
                    ValueMap.Fix(first.IsColor ? $"\"#{first.Value:x6}\"" : $"{first.Value}"))
                {
                    ImagePath = check.Item.ImagePath,
                    MaskPath = check.Item.MaskPath,
                    At = first.At,
                    Pixels = pixels,
                    Files = files,
                };
            });

    /// <summary>A finding where some masks take 255 for the foreground and others ignore it.</summary>
    private static IEnumerable<DatasetFinding> TwoMeaningsOfWhite(ItemCheck[] checks, ClassSet classes)
    {
        ItemCheck? ignored = checks.FirstOrDefault(c => c.White == false), foreground = checks.FirstOrDefault(c => c.White == true);
        return ignored is null || foreground is null ? [] :
        [
            new DatasetFinding(FindingKind.UnknownValue, ignored.Item.MaskPath,
                $"holds 1 and 255 where {foreground.Item.MaskPath} holds 255 without 1: ignored pixels or the class {classes.Names[1]}", WhiteMeaning.Fix(classes))
            {
                ImagePath = ignored.Item.ImagePath,
                MaskPath = ignored.Item.MaskPath,
                OtherPath = foreground.Item.MaskPath,
                Files = checks.Count(c => c.White is not null),
            },
        ];
    }

    /// <summary>A finding for each name of no class, however many images have it.</summary>
    private static IEnumerable<DatasetFinding> UnknownNames(ItemCheck[] checks, ClassSet classes) =>
        checks.SelectMany(c => c.UnknownNames.Select(n => (Check: c, Name: n))).GroupBy(f => f.Name, StringComparer.OrdinalIgnoreCase).Select(group =>
        {
            ItemCheck check = group.First().Check;
            int files = group.Count();
            AnnotationFormatException fault = AnnotationRasterizer.UnknownClass(check.Item.MaskPath, group.Key,
                files == 1 ? "" : $" (as {(files - 1).Of("more image")})", classes);
            return DatasetFinding.Of(FindingKind.UnknownName, fault) with
            {
                ImagePath = check.Item.ImagePath,
                MaskPath = check.Item.MaskPath,
                Files = files,
            };
        });

    /// <summary>A finding for each kind of object that takes no pixels, however many there are.</summary>
    private static IEnumerable<DatasetFinding> Unusable(ItemCheck[] checks) =>
        checks.SelectMany(c => c.Unusable.Select(u => (Check: c, Fault: u))).GroupBy(f => f.Fault.Kind).Select(group =>
        {
            (ItemCheck check, AnnotationFormatException first) = group.First();
            int objects = group.Count(), files = group.Select(f => f.Check).Distinct().Count();
            string others = objects == 1 ? "" : $"; {objects.Of("object")} in {files.Of("image")} are of this kind ({first.Kind.Title()})";
            bool skipped = check.Item.Drawing.OnUnusable == UnusablePolicy.Skip;
            return new DatasetFinding(FindingKind.UnusableObject, first.Subject, first.Fault + others,
                skipped ? $"left out; {first.Fix}" : $"{first.Fix}, or set data.onUnusable to \"skip\"")
            {
                ImagePath = check.Item.ImagePath,
                MaskPath = check.Item.MaskPath,
                Files = files,
                IsLeftOut = skipped,
            };
        });

    /// <summary>Masks whose numbers are all class ids, under classes that translate other numbers and leave most of the pixels out.</summary>
    private static IEnumerable<DatasetFinding> PoorFit(ItemCheck[] checks, long[] pixels, ClassSet classes)
    {
        ValueSet?[] all = [.. checks.Where(c => c.Item.Annotation is null && c.Values is not null).Select(c => c.Values)];
        if (all.Length == 0 || all.Length < checks.Count(c => c.Item.Annotation is null))
        {
            yield break;
        }
        ValueSet values = all.Aggregate(default(ValueSet), (sum, v) => sum.With(v!.Value));
        int[] present = [.. Enumerable.Range(0, 256).Where(values.Contains)];
        int asIds = present.Count(v => v < classes.Count), used = classes.Classes.Count(c => pixels[c.Id] > 0);
        double ignored = (double)pixels[classes.IgnoreIndex] / Math.Max(1, pixels.Sum());
        if (present.All(v => v < classes.Count || v == classes.IgnoreIndex || v == 255) && used < asIds && ignored > 0.3)
        {
            yield return new DatasetFinding(FindingKind.PoorFit, "the masks", string.Create(CultureInfo.InvariantCulture,
                $"hold class ids (values up to {present.Where(v => v < classes.Count).Max()}), but the classes' \"from\" translates other values: {100 * ignored:0} % of the pixels are ignored and {used} of {classes.Count.Of("class")} occur"),
                "leave \"from\" out where masks hold class ids already (Cityscapes' trainIds)")
            { Files = all.Length };
        }
    }

    /// <summary>Images of which the network sees next to nothing: 12 bits in 16-bit files under ImageNet's figures, mostly.</summary>
    private static IEnumerable<DatasetFinding> NarrowRange(double[] mean, double[] std, InputOptions input)
    {
        // Photos vary by about 1; networks learn, slowly, from a tenth of it.
        const double Least = 0.1;
        double seen = std.Length == 0 || std.Length != input.Std.Count ? double.NaN : std.Zip(input.Std, (s, by) => s / by).Max();
        if (!input.IsNormalizedByImage && seen is > 0 and < Least)
        {
            yield return new DatasetFinding(FindingKind.NarrowRange, "the images", string.Create(CultureInfo.InvariantCulture,
                $"use little of their range: normalised as input says, their values vary by {seen:0.###} where networks expect about 1"),
                $"set input.normalization to \"zScore\", or input.mean to [{Numbers(mean)}] and input.std to [{Numbers(std)}]")
            { Files = 0 };
        }

        static string Numbers(double[] values) => string.Join(", ", values.Select(v => Math.Max(v, 1e-4).ToString("0.####", CultureInfo.InvariantCulture)));
    }

    private static IEnumerable<DatasetFinding> AbsentClasses(long[] pixels, ClassSet classes) =>
        classes.Classes.Where(c => pixels[c.Id] == 0).Select(c => new DatasetFinding(FindingKind.AbsentClass, c.Name.StartsWith("class ", StringComparison.Ordinal) ? c.Name : $"class {c.Name}", "occurs in no mask",
            "check its id, colour and \"from\", or leave the class out")
        { Files = 0 });
}
