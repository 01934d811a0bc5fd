#:sdk Microsoft.NET.Sdk.Web
#:project ../src/SegML.MLNet/SegML.MLNet.csproj
#:property PublishAot=false

// Scores uploaded photos over HTTP:
//
//   dotnet run pipelines/score.cs -- [MODEL.onnx] [--urls http://127.0.0.1:5080]
//   curl --data-binary @photo.jpg http://127.0.0.1:5080/mask -o mask.png        class ids, with the palette in the file
//   curl --data-binary @photo.jpg http://127.0.0.1:5080/overlay -o overlay.png  the photo under its mask
//   curl --data-binary @photo.jpg http://127.0.0.1:5080/shares                  each class's share of the area, as JSON
//
// A PredictionEngine belongs to one thread at a time, so requests take theirs from a pool. The transformer behind the engines, and
// the segmenter in it, are shared by all of them.
using Microsoft.Extensions.ObjectPool;
using Microsoft.ML;
using SegML;
using SegML.Drawing;
using SegML.Images;
using SegML.Masks;
using SegML.MLNet;

string here = (string)AppContext.GetData("EntryPointFileDirectoryPath")!;
string modelFile = args is [var first, ..] && !first.StartsWith('-') ? first : Path.Combine(here, "../onnx/camvid-fcn-light.onnx");

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.WebHost.UseUrls(builder.Configuration["urls"] ?? "http://127.0.0.1:5080");
await using WebApplication app = builder.Build();

var ml = new MLContext();
IDataView noPhotos = ml.Data.LoadFromEnumerable(Array.Empty<Photo>());
using ApplySegmentationModelTransformer model = ml.Transforms.ApplySegmentationModel(new ApplySegmentationModelEstimator.Options
{
    InputColumnName = nameof(Photo.Image),
    ModelFile = modelFile,
    SharesColumnName = nameof(Scored.Shares),
}).Fit(noPhotos);
var engines = new DefaultObjectPool<PredictionEngine<Photo, Scored>>(new EnginePolicy(ml, model));
ClassSet classes = model.Segmenter.Info.Classes;

app.MapPost("/mask", (HttpRequest request) => Answer(request, (_, scored) =>
    Results.Bytes(MaskFile.EncodePng(scored.PredictedMask!), "image/png")));

app.MapPost("/overlay", (HttpRequest request) => Answer(request, (photo, scored) =>
{
    using RgbaImage image = ImageFile.Decode(photo.Image, "the upload");
    using RgbaImage overlay = Overlay.Draw(image, scored.PredictedMask!);
    return Results.Bytes(ImageFile.EncodePng(overlay), "image/png");
}));

app.MapPost("/shares", (HttpRequest request) => Answer(request, (_, scored) =>
    Results.Json(classes.Names.Zip(scored.Shares).ToDictionary(pair => pair.First, pair => pair.Second))));

await app.RunAsync();

async Task<IResult> Answer(HttpRequest request, Func<Photo, Scored, IResult> answer)
{
    using var body = new MemoryStream();
    await request.Body.CopyToAsync(body);
    var photo = new Photo { Image = body.ToArray() };
    PredictionEngine<Photo, Scored> engine = engines.Get();
    try
    {
        Scored scored = engine.Predict(photo);
        using SegmentationMask mask = scored.PredictedMask!;
        return answer(photo, scored);
    }
    catch (ImageFormatException e)
    {
        return Results.Text($"the upload {e.Fault}; {e.Fix}\n", statusCode: StatusCodes.Status400BadRequest);
    }
    finally
    {
        engines.Return(engine);
    }
}

/// <summary>What an engine is given.</summary>
internal sealed class Photo
{
    /// <summary>The content of an image file.</summary>
    public byte[] Image { get; set; } = [];
}

/// <summary>What an engine gives.</summary>
internal sealed class Scored
{
    public SegmentationMask? PredictedMask { get; set; }

    public float[] Shares { get; set; } = [];
}

/// <summary>Makes the pool's engines; none of them owns the model.</summary>
internal sealed class EnginePolicy(MLContext ml, ITransformer model) : PooledObjectPolicy<PredictionEngine<Photo, Scored>>
{
    public override PredictionEngine<Photo, Scored> Create() =>
        ml.Model.CreatePredictionEngine<Photo, Scored>(model, new PredictionEngineOptions { OwnsTransformer = false });

    public override bool Return(PredictionEngine<Photo, Scored> obj) => true;
}
