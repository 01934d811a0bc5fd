using SegML.Colors;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Training.Networks;
using SegML.Training.Planning;

namespace SegML.Tests.Planning;

/// <summary>What follows from which data set.</summary>
[TestClass]
public sealed class PipelinePlannerTests
{
    private static readonly PlanMachine TwoCores = new(2, 16L << 30, HasGpu: false), Gpu = new(16, 8L << 30, HasGpu: true);

    private static readonly DataFingerprint Street = new()
    {
        Images = 400,
        Measured = 200,
        MedianWidth = 640,
        MedianHeight = 480,
        SmallestArea = 640 * 480,
        LargestArea = 640 * 480,
        Mean = [0.4, 0.4, 0.4],
        Std = [0.25, 0.25, 0.25],
        BrightnessSpread = 0.05,
        ContrastSpread = 0.1,
        TopBottomDifference = 0.6,
        LeftRightDifference = 0.03,
        Classes = [Class("ground", 0.6, 0.3), Class("house", 0.37, 0.1), Class("pole", 0.03, 0.01)],
    };

    [TestMethod]
    public void ThinClassesKeepTheImagesSizeAndThickOnesDoNotNeedIt()
    {
        Assert.AreEqual((640, 480), SizeOf(Plan(Street)));
        PipelinePlan plan = Plan(Street with { Classes = [Class("ground", 0.6, 0.3), Class("house", 0.4, 0.05)] });
        (int width, int height) = SizeOf(plan);
        Assert.IsLessThan(400, width);
        // The thinnest class is still thick enough, and the shape is the images'.
        Assert.IsGreaterThanOrEqualTo(7.5, 0.05 * Math.Sqrt(width * height));
        Assert.AreEqual(640.0 / 480, (double)width / height, 0.1);
        Assert.IsLessThanOrEqualTo(1100 * 1100, SizeOf(Plan(Street with { MedianWidth = 12000, MedianHeight = 9000 })) is var (w, h) ? w * h : 0);
    }

    [TestMethod]
    public void FewPhotosAreToldOfWeightsFromImageNet()
    {
        static bool Told(PipelinePlan plan) => plan.Decisions.Any(d => d.Reason.Contains("\"imagenet\"", StringComparison.Ordinal));
        Assert.IsTrue(Told(Plan(Street with { Images = 50 })));
        Assert.IsFalse(Told(Plan(Street with { Images = 4000 }, minutes: 600)));
    }

    [TestMethod]
    public void FewImagesAreSeenOftenAndManyInPasses()
    {
        PipelinePlan few = Plan(Street with { Images = 8 }), many = Plan(Street with { Images = 4000 }, minutes: 600);
        Assert.IsGreaterThan(0, few.Pipeline.Training.IterationsPerEpoch);
        Assert.AreEqual(few.Steps, few.Pipeline.Training.Epochs * few.Pipeline.Training.IterationsPerEpoch);
        Assert.AreEqual(0, many.Pipeline.Training.IterationsPerEpoch);
        Assert.AreEqual(many.Steps, many.Pipeline.Training.Epochs * (4000 / many.Pipeline.Training.BatchSize));
        Assert.IsGreaterThan(many.Pipeline.Training.Augmentation.ScaleMax, few.Pipeline.Training.Augmentation.ScaleMax);
    }

    [TestMethod]
    [DataRow(0.5)]
    [DataRow(5)]
    [DataRow(60)]
    [DataRow(600)]
    public void ItTakesNoLongerThanItMay(double minutes)
    {
        foreach (PlanMachine machine in (PlanMachine[])[TwoCores, Gpu, TwoCores with { Cores = 64 }])
        {
            PipelinePlan plan = Plan(Street, minutes, machine);
            Assert.IsLessThanOrEqualTo(1.1 * minutes, plan.Minutes, machine.ToString());
            Assert.IsGreaterThanOrEqualTo(40, plan.Steps, machine.ToString());
        }
    }

    [TestMethod]
    public void MoreTimeTrainsMore()
    {
        PipelinePlan[] plans = [.. ((double[])[1, 10, 100]).Select(minutes => Plan(Street, minutes))];
        for (int i = 1; i < plans.Length; i++)
        {
            Assert.IsGreaterThan(Pixels(plans[i - 1]), Pixels(plans[i]));
        }

        static double Pixels(PipelinePlan plan) => (double)plan.Steps * plan.Pipeline.Training.BatchSize
            * plan.Pipeline.Training.Augmentation.CropWidth * plan.Pipeline.Training.Augmentation.CropHeight;
    }

    [TestMethod]
    public void LittleMemoryMakesSmallBatches()
    {
        TrainingOptions training = Plan(Street, machine: TwoCores with { MemoryBytes = 1L << 29 }).Pipeline.Training;
        double pixels = (double)training.BatchSize * training.Augmentation.CropWidth * training.Augmentation.CropHeight;
        Assert.IsLessThan(0.4 * (1L << 29), pixels * 60 * 16);
    }

    [TestMethod]
    public void RareClassesAreWeightedAndAimedAtAndEqualOnesAreNot()
    {
        TrainingOptions rare = Plan(Street with { Classes = [Class("ground", 0.99, 0.3), Class("scratch", 0.01, 0.01, images: 0.3)] }).Pipeline.Training;
        Assert.AreEqual(ClassWeighting.InverseSquareRoot, rare.ClassWeights);
        Assert.IsGreaterThan(0, rare.Augmentation.RareShare);
        TrainingOptions equal = Plan(Street with { Classes = [Class("ground", 0.5, 0.3), Class("wall", 0.5, 0.01)] }).Pipeline.Training;
        Assert.AreEqual(ClassWeighting.None, equal.ClassWeights);
        Assert.AreEqual(0, equal.Augmentation.RareShare);
    }

    [TestMethod]
    public void GreyImagesHaveOneChannelAndImagesWithoutAnUpperSideAreTurned()
    {
        Pipeline grey = Plan(Street with { IsGray = true, TopBottomDifference = 0.01 }).Pipeline;
        Assert.AreEqual(ColorSpace.Gray601, grey.Input.ColorSpace);
        Assert.HasCount(1, grey.Input.Mean);
        Assert.AreEqual((0.5, 0.75), (grey.Training.Augmentation.VerticalFlip, grey.Training.Augmentation.Rotate90));
        Assert.AreEqual(0, grey.Training.Augmentation.Saturation);
        Assert.IsLessThan(30, Plan(Street).Pipeline.Training.Augmentation.Rotation);
        Assert.AreEqual((0, 0), (Plan(Street).Pipeline.Training.Augmentation.VerticalFlip, Plan(Street).Pipeline.Training.Augmentation.Rotate90));
        Assert.AreEqual(0, Plan(Street with { LeftRightDifference = 0.7 }).Pipeline.Training.Augmentation.Flip);
    }

    [TestMethod]
    public void DeepImagesAreNormalisedEachByItsOwnFigures()
    {
        InputOptions deep = Plan(Street with { IsDeep = true, IsGray = true, Mean = [], Std = [] }).Pipeline.Input;
        Assert.AreEqual((InputNormalization.ZScoreImage, ColorSpace.Gray601), (deep.Normalization, deep.ColorSpace));
        Assert.AreEqual(InputNormalization.MeanStd, Plan(Street).Pipeline.Input.Normalization);
    }

    [TestMethod]
    public void TheNormalizationThatTheUserChoseStays()
    {
        foreach (DataFingerprint print in (DataFingerprint[])[Street, Street with { IsGray = true }, Street with { IsDeep = true, IsGray = true, Mean = [], Std = [] }])
        {
            foreach (InputNormalization chosen in (InputNormalization[])[InputNormalization.ZScoreChannel, InputNormalization.MinMax])
            {
                Assert.AreEqual(chosen, Plan(print, input: new InputOptions { Normalization = chosen }).Pipeline.Input.Normalization);
            }
        }
    }

    [TestMethod]
    public void ManyClassesNeedAWiderNetworkThanTwo()
    {
        ClassFingerprint[] symbols = [.. Enumerable.Range(0, 40).Select(i => Class($"symbol {i}", 1.0 / 40, 0.01))];
        Assert.IsGreaterThan(WidthOf(Plan(Street with { Classes = [.. symbols.Take(2)] }, minutes: 1)), WidthOf(Plan(Street with { Classes = symbols }, minutes: 1)));

        static int WidthOf(PipelinePlan plan) => (int)plan.Pipeline.Network.Options!["width"]!;
    }

    [TestMethod]
    public void ImagesWithAClassOfFewImagesAreDrawnMoreOften()
    {
        TrainingOptions seldom = Plan(Street with { Classes = [Class("ground", 0.9, 0.3), Class("dent", 0.1, 0.1, images: 0.04)] }).Pipeline.Training;
        Assert.IsGreaterThan(0.04, seldom.OversampleThreshold);
        Assert.AreEqual(0, Plan(Street).Pipeline.Training.OversampleThreshold);
    }

    [TestMethod]
    public void LargeImagesOfThinThingsKeepTheirSizeAndAreScoredInTiles()
    {
        DataFingerprint aerial = Street with { MedianWidth = 4000, MedianHeight = 3000, Classes = [Class("ground", 0.9, 0.3), Class("road", 0.1, 0.001)] };
        PipelinePlan plan = Plan(aerial);
        Assert.IsGreaterThan(2e6, SizeOf(plan) is var (w, h) ? (double)w * h : 0);
        Assert.IsTrue(plan.Decisions.Any(d => d.Reason.Contains("--tile-size", StringComparison.Ordinal)));
        Assert.IsLessThan(1.3e6, SizeOf(Plan(aerial with { Classes = [Class("ground", 0.9, 0.3), Class("lake", 0.1, 0.05)] })) is var (x, y) ? (double)x * y : 0);
    }

    [TestMethod]
    public void WhateverTheDataTheNetworkExistsAndEveryChoiceHasAReason()
    {
        DataFingerprint[] prints =
        [
            Street,
            Street with { Images = 1, Measured = 1 },
            Street with { Classes = [Class("all", 1, 1), new ClassFingerprint { Name = "absent" }] },
            Street with { MedianWidth = 16, MedianHeight = 16 },
            Street with { MedianWidth = 3000, MedianHeight = 40 },
            Street with { Images = 1_000_000, SmallestArea = 64 * 64, LargestArea = 6_000_000 },
        ];
        foreach (DataFingerprint print in prints)
        {
            PipelinePlan plan = Plan(print);
            using SegmentationNetwork network = NetworkCatalog.Create(plan.Pipeline.Network, 3);
            string[] keys = [.. plan.Decisions.SelectMany(d => d.Keys)];
            Assert.HasCount(keys.Length, keys.Distinct());
            Assert.IsTrue(plan.Decisions.All(d => d.Reason.Length > 10 && !d.ValuesIn(plan.Pipeline).Contains("none")));
            Assert.IsLessThanOrEqualTo(plan.Pipeline.Input.Width, plan.Pipeline.Training.Augmentation.CropWidth);
            Assert.IsLessThanOrEqualTo(plan.Pipeline.Input.Height, plan.Pipeline.Training.Augmentation.CropHeight);
        }
    }

    private static ClassFingerprint Class(string name, double share, double thickness, double images = 1) =>
        new() { Name = name, Share = share, Images = images, Thickness = thickness, Side = 2 * thickness };

    private static PipelinePlan Plan(DataFingerprint data, double minutes = 60, PlanMachine? machine = null, InputOptions? input = null)
    {
        var classes = new ClassSet([.. data.Classes.Select((c, id) => new SegmentationClass { Id = id, Name = c.Name, Color = new Rgb((byte)id, 0, 0) })]);
        return PipelinePlanner.Plan(new Pipeline { Name = "planned", Classes = classes, Input = input ?? new InputOptions() }, data, new PlanOptions { Minutes = minutes, Machine = machine ?? TwoCores });
    }

    private static (int Width, int Height) SizeOf(PipelinePlan plan) => (plan.Pipeline.Input.Width, plan.Pipeline.Input.Height);
}
