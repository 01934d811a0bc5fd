using System.Globalization;
using SegML.Onnx;
using SegML.Onnx.Verification;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Tests.Onnx;

/// <summary>
/// Random programs of operations on tensors: functional, in place, through views, with numbers computed from sizes, in branches that join. The export itself asserts that
/// the model agrees; its result at a size that it did not see is compared here. SEGML_RANDOM_PROGRAMS=20000 runs as many, 5000+100 the hundred from 5000 on.
/// </summary>
[TestClass]
public sealed class RandomProgramTests
{
    private const int Programs = 45, Steps = 7, Together = 15;

    private static readonly Func<Tensor, Tensor, Tensor>[] Operations =
    [
        (a, b) => a + b,
        (a, b) => (a * b).tanh(),
        (a, _) => a.sigmoid() - 0.5,
        (a, b) => a.add_(b),
        (a, _) => a.mul_(0.5),
        (a, _) => a.relu_().neg(),
        (a, b) => a.sub_(b).mul_(0.5),
        (a, _) =>
        {
            a[TensorIndex.Colon, 1].add_(0.3);
            return a;
        },
        (a, b) =>
        {
            a.narrow(2, 0, a.shape[2] / 2).copy_(b.narrow(2, 1, a.shape[2] / 2).neg());
            return a;
        },
        (a, b) =>
        {
            a.transpose(1, 3).select(2, 0).mul_(b.mean());
            return a;
        },
        (a, _) => a.reshape(a.shape[0], a.shape[1], a.shape[2] * a.shape[3]).flip(2).reshape(a.shape),
        (a, b) => cat([a.narrow(1, 0, 2), b.narrow(1, 2, 2)], 1),
        (a, _) => a.chunk(2, 1) is [Tensor first, Tensor second] ? cat([second.relu(), first], 1) : a,
        (a, b) => where(a > b, a, b),
        (a, _) => a.softmax(1),
        (a, _) => a - a.mean([2L, 3L], keepdim: true),
        (a, _) => a.roll(1, 3),
        // Not a value that other operations make, for rounding decides about those.
        (a, b) => a.masked_fill(b.gt(0.2371), 0.1),
        (a, _) => nn.functional.avg_pool2d(a, 3, 1, 1),
        (a, _) => nn.functional.interpolate(nn.functional.max_pool2d(a, 2), [a.shape[2], a.shape[3]], mode: InterpolationMode.Nearest),
        (a, b) => a.flatten(2).matmul(b.flatten(2).transpose(1, 2)).softmax(-1).matmul(a.flatten(2)).reshape(a.shape),
        (a, _) => a.permute(0, 2, 3, 1).contiguous().mul_(0.7).permute(0, 3, 1, 2),
        (a, b) => stack([a, b], 0).unbind(0)[1].clamp(-1, 1),
        (a, _) => a.max(1, keepdim: true).values.expand(-1, 4, -1, -1) + 0,
        // Numbers from sizes.
        (a, _) => a.reshape(a.shape[0], 2, a.shape[1] / 2, a.shape[2], a.shape[3]).transpose(1, 2).reshape(a.shape),
        (a, _) => nn.functional.pad(a.narrow(3, 0, a.shape[3] - 1), [0, 1]),
        (a, _) => WithinWindows(a, 4),
        (a, _) => a + arange(a.shape[2]).to(ScalarType.Float32).div(a.shape[2]).view(1, 1, -1, 1),
        (a, b) => cat([a.narrow(2, a.shape[2] / 2, a.shape[2] - a.shape[2] / 2), b.narrow(2, 0, a.shape[2] / 2)], 2),
        (a, _) => nn.functional.interpolate(a, [a.shape[2] * 2, a.shape[3] + 3], mode: InterpolationMode.Bilinear, align_corners: false).narrow(2, 0, a.shape[2]).narrow(3, 1, a.shape[3]),
        (a, _) => a * (1.0 / Math.Sqrt(a.shape[1])),
        (a, _) => a.reshape(-1, a.shape[3]).cumsum(0).view_as(a) * 0.01,
        // Functional modules and reductions.
        (a, _) => nn.functional.layer_norm(a.permute(0, 2, 3, 1), [4L], eps: 0.01).permute(0, 3, 1, 2),
        (a, _) => nn.functional.group_norm(a, 2, eps: 0.01),
        (a, b) => einsum("nchw,ndhw->ncd", a, b).softmax(-1).matmul(a.flatten(2)).reshape(a.shape),
        (a, b) => nn.functional.conv2d(a, b.mean([0L, 2, 3]).view(4, 1, 1, 1).expand(4, 1, 3, 3), padding: [1, 1], groups: 4) * 0.1,
        (a, _) => a.index_select(1, tensor(new long[] { 2, 0, 3, 1 })),
        (a, _) => a[TensorIndex.Ellipsis, TensorIndex.Slice(null, null, 2)].repeat_interleave(2, 3).narrow(3, 0, a.shape[3]),
        (a, b) => nn.functional.scaled_dot_product_attention(a, b, a),
        (a, _) => a.std([2L, 3L], unbiased: false, keepdim: true) + a,
        (a, b) => a.addcmul(b, b.sigmoid(), 0.5),
        // In place.
        (a, b) => a.masked_fill_(b.gt(0.4129), 0.2),
        (a, b) =>
        {
            a[TensorIndex.Colon, TensorIndex.Slice(1, 3)] = b[TensorIndex.Colon, TensorIndex.Slice(0, 2)] * 0.5;
            return a;
        },
        (a, _) =>
        {
            a.unsqueeze(0).clamp_(-0.8, 0.8);
            return a;
        },
        (a, b) =>
        {
            Tensor view = a.permute(0, 2, 3, 1), half = view[TensorIndex.Ellipsis, TensorIndex.Slice(2)];
            half.add_(b.permute(0, 2, 3, 1).narrow(3, 0, 2)).mul_(0.5);
            return view.permute(0, 3, 1, 2);
        },
        // Branches that join.
        (a, b) => a.split(1, 1).Select((part, i) => i % 2 == 0 ? part.tanh() : part + b.narrow(1, i, 1)).Aggregate((x, y) => cat([x, y], 1)),
        (a, b) => new[] { a.relu(), b.neg(), a * b }.Aggregate((x, y) => x + y * 0.3),
    ];

    /// <summary>From which program on, and how many.</summary>
    private static (int First, int Count) Wanted
    {
        get
        {
            string[] asked = (Environment.GetEnvironmentVariable("SEGML_RANDOM_PROGRAMS") ?? "").Split('+');
            int Number(string text, int missing) => int.TryParse(text, CultureInfo.InvariantCulture, out int number) ? number : missing;
            return asked.Length == 2 ? (Number(asked[0], 0), Number(asked[1], Programs)) : (0, Number(asked[0], Programs));
        }
    }

    [TestMethod]
    public void EveryProgramAgreesAtASizeThatItsExportHasNotSeen()
    {
        using var exported = new Exported();
        List<string> wrong = [];
        foreach (int[] programs in Enumerable.Range(Wanted.First, Wanted.Count).Chunk(Together))
        {
            // Each alone where they fail together, to name the one that does.
            foreach (int program in Fault(programs, exported.File) is null ? [] : programs)
            {
                wrong.AddRange(Fault([program], exported.File) is { } fault ? [$"program {program}: {fault}"] : []);
            }
        }
        Assert.IsEmpty(wrong, $"{wrong.Count} of {Wanted.Count}: {string.Join(Environment.NewLine, wrong)}");
    }

    private static string? Fault(int[] programs, string file)
    {
        using var scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        using var net = new RandomPrograms(programs);
        net.eval();
        try
        {
            OnnxExportReport report = OnnxExporter.Export(net, Exported.Input(1, 4, 6, 8), file, Exported.Random);
            if (report.DynamicAxes.Count < 3)
            {
                return string.Join(" ", report.Remarks);
            }
            Tensor other = Exported.Input(3, 4, 10, 5);
            using var model = new OnnxRun(file);
            double difference = net.call(other.clone()).Zip(model.Run([other]), (a, b) => Difference.Between(a, b).Relative).Max();
            return difference < 1e-4 ? null : $"differs by {difference:G2}";
        }
        catch (OnnxExportException e)
        {
            return e.Message;
        }
    }

    private sealed class RandomPrograms(int[] programs) : nn.Module<Tensor, Tensor[]>("programs")
    {
        public override Tensor[] forward(Tensor input) => [.. programs.Select(p => Run(p, input))];
    }

    // Attention within windows, as Swin Transformers have it.
    private static Tensor WithinWindows(Tensor a, long size)
    {
        long n = a.shape[0], c = a.shape[1], height = a.shape[2], width = a.shape[3], below = (size - height % size) % size, right = (size - width % size) % size;
        Tensor padded = nn.functional.pad(a, [0, right, 0, below]);
        long rows = padded.shape[2] / size, columns = padded.shape[3] / size;
        Tensor windows = padded.reshape(n, c, rows, size, columns, size).permute(0, 2, 4, 3, 5, 1).reshape(-1, size * size, c);
        Tensor mixed = windows.matmul(windows.transpose(1, 2)).softmax(-1).matmul(windows);
        return mixed.reshape(n, rows, columns, size, size, c).permute(0, 5, 1, 3, 2, 4).reshape(n, c, rows * size, columns * size).narrow(2, 0, height).narrow(3, 0, width);
    }

    private static Tensor Run(int seed, Tensor input)
    {
        var random = new Random(seed);
        List<Tensor> values = [input * 1];
        for (int step = 0; step < Steps; step++)
        {
            Tensor a = values[random.Next(values.Count)], b = values[random.Next(values.Count)];
            values.Add(Operations[random.Next(Operations.Length)](a, b));
        }
        return values[^1] + values[^2] * 0.5 + values[values.Count / 2] * 0.25;
    }
}
