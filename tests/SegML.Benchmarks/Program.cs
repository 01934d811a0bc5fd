using SegML;
using SegML.Benchmarks;

// One command a file. Figures are ratios within one run: machines differ, and so do two runs on one.
try
{
    return args switch
    {
        ["scoring", .. string[] rest] => ScoringBenchmark.Run(new Arguments(rest)),
        ["throughput", .. string[] rest] => ThroughputBenchmark.Run(new Arguments(rest)),
        ["parts", .. string[] rest] => PartsBenchmark.Run(new Arguments(rest)),
        ["export", .. string[] rest] => ExportBenchmark.Run(new Arguments(rest)),
        ["color", .. string[] rest] => ColorBenchmark.Run(new Arguments(rest)),
        ["training", .. string[] rest] => TrainingBenchmark.Run(new Arguments(rest)),
        ["tiles", .. string[] rest] => TilesBenchmark.Run(new Arguments(rest)),
        ["data", .. string[] rest] => DataBenchmark.Run(new Arguments(rest)),
        ["plan", .. string[] rest] => PlanBenchmark.Run(new Arguments(rest)),
        ["labelling", .. string[] rest] => LabellingBenchmark.Run(new Arguments(rest)),
        ["serving", .. string[] rest] => ServingBenchmark.Run(new Arguments(rest)),
        ["cluster", .. string[] rest] => ClusterBenchmark.Run(new Arguments(rest)),
        _ => Usage(),
    };
}
catch (Exception e) when (e is SegMLException or ArgumentException)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}

static int Usage()
{
    Console.Error.WriteLine("""
        usage: SegML.Benchmarks scoring [--model M.onnx] [--image-size WxH] [--images 16] [--rounds 10] [--threads N]
                   file -> mask: SegML against a hand-written loop and against the stock ML.NET chain;
                          480x360 and 1920x1208, one thread a network and as many as there are cores, unless told
               SegML.Benchmarks throughput [--model M.onnx] [--image-size 1920x1208] [--images 24] [--rounds 5]
                   files to mask files on all cores, images side by side and one after the other, against the network alone on all cores
               SegML.Benchmarks parts [--rounds 30]
                   what the steps around the network cost
               SegML.Benchmarks export [--rounds 5] [--size 128x96]
                   what exporting a U-Net costs beyond its forward passes
               SegML.Benchmarks color [--rounds 9]
                   each colour space: speed against a copy, error over all RGB values
               SegML.Benchmarks training [--rounds 5] [--steps 8] [--crop 384x288] [--batch 8] [--network fcn-light] [--python PATH]
                   a training step: our trainer against bare loops in TorchSharp and Python; peak memory by epoch
               SegML.Benchmarks tiles [--image-size 20000x20000] [--tile-size 1024] [--tile-overlap N] [--model M.onnx] [--image FILE]
                   one large image: time and peak memory
               SegML.Benchmarks data [--part samples|step|masks] [--rounds 12] [--epochs 4] [--files 8500] [--scenes 100] [--pipeline P.json]
                   samples and masks a second against decoding and writing alone; what a training step waits for data
               SegML.Benchmarks plan [--seconds 60] [--seeds 1] [--sets NAME,NAME] [--only planned] [--set "KEY=VALUE KEY=VALUE"] [--folder DIR]
                   planned pipelines against the defaults at equal processor time, on ten drawn data sets
               SegML.Benchmarks labelling [--drives 60] [--round 8] [--rounds 4] [--steps 400] [--seeds 2] [--seed 1] [--ways random,suggested,entropy,margin,disagreement]
                                      [--pipeline camvid.json --data DIR --image-size 240x180]
                   the labelling loop on drawn drives, or on a pipeline's "train": mean IoU by the number of labels, suggested against random ones
               SegML.Benchmarks serving [--requests 5000] [--rounds 5] [--part peak|bad] [--model M.onnx]
                   the service under load on loopback: throughput against the segmenter alone and times at 70 % of it (peak), memory with bad requests among good ones (bad)
               SegML.Benchmarks cluster [--images 128] [--chunk 64] [--image-size 480x360] [--rounds 3] [--chunks 500] [--model M.onnx] [--postgres "Host=..."]
                   what chunks cost over the plain runner on each storage, a chunk by itself, and 1 to 64 workers simulated from it
        """);
    return 2;
}
