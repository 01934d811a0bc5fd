using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.OpenApi;
using SegML.Serving.Answers;

namespace SegML.Serving.Endpoints;

/// <summary>What an OpenAPI document says of a request, which the handlers read by themselves: its body and its query.</summary>
internal static class ApiDescription
{
    /// <summary>Describes requests of one image, or of several.</summary>
    public static RouteHandlerBuilder Describe(RouteHandlerBuilder endpoint, bool batch) => endpoint.AddOpenApiOperationTransformer((operation, _, _) =>
    {
        operation.RequestBody = new OpenApiRequestBody { Required = true, Content = batch ? Images() : Image() };
        operation.Parameters ??= [];
        foreach (OpenApiParameter parameter in Query())
        {
            operation.Parameters.Add(parameter);
        }
        return Task.CompletedTask;
    });

    private static Dictionary<string, OpenApiMediaType> Image() => new()
    {
        ["image/jpeg"] = Of(Binary()),
        ["image/png"] = Of(Binary()),
        ["application/octet-stream"] = Of(Binary()),
        ["multipart/form-data"] = Of(Object("image", Binary())),
        ["application/json"] = Of(Object("image", Base64())),
    };

    private static Dictionary<string, OpenApiMediaType> Images()
    {
        OpenApiSchema image = Object("image", Base64());
        image.Properties!["name"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "What the answer calls it." };
        return new()
        {
            ["multipart/form-data"] = Of(Object("images", Array(Binary()))),
            ["application/json"] = Of(Object("images", Array(image))),
        };
    }

    private static IEnumerable<OpenApiParameter> Query() =>
    [
        Parameter("output", $"What is answered, separated by commas: {string.Join(", ", Output.All.Select(o => o.Name))}. Default: the Accept header chooses.",
            new OpenApiSchema { Type = JsonSchemaType.String, Examples = [.. Output.All.Select(o => (JsonNode)o.Name)] }),
        Parameter("size", "Score larger images at this many pixels of the longer side. Default: their own.", Whole(16, 65535)),
        Parameter("opacity", "How much an overlay's colours cover. Default 0.5.", new OpenApiSchema { Type = JsonSchemaType.Number, Minimum = "0", Maximum = "1" }),
        Parameter("legend", "Whether an overlay has a legend. Default true.", new OpenApiSchema { Type = JsonSchemaType.Boolean }),
        Parameter("minArea", "The least area of instances and annotations, in pixels. Default 1.", Whole(1, int.MaxValue)),
        Parameter("classes", "The classes of instances and annotations, separated by commas. Default: all but background.", new OpenApiSchema { Type = JsonSchemaType.String }),
    ];

    private static OpenApiParameter Parameter(string name, string description, OpenApiSchema schema) =>
        new() { Name = name, In = ParameterLocation.Query, Description = description, Schema = schema };

    private static OpenApiMediaType Of(OpenApiSchema schema) => new() { Schema = schema };

    private static OpenApiSchema Binary() => new() { Type = JsonSchemaType.String, Format = "binary" };

    private static OpenApiSchema Base64() => new() { Type = JsonSchemaType.String, Format = "byte" };

    private static OpenApiSchema Array(OpenApiSchema items) => new() { Type = JsonSchemaType.Array, Items = items };

    private static OpenApiSchema Whole(int least, int most) => new()
    {
        Type = JsonSchemaType.Integer,
        Minimum = least.ToString(System.Globalization.CultureInfo.InvariantCulture),
        Maximum = most.ToString(System.Globalization.CultureInfo.InvariantCulture),
    };

    private static OpenApiSchema Object(string property, OpenApiSchema schema) => new()
    {
        Type = JsonSchemaType.Object,
        Required = new HashSet<string> { property },
        Properties = new Dictionary<string, IOpenApiSchema> { [property] = schema },
    };
}
