using System.Text.Json;
using SegML.Cli.Serving;
using SegML.Scoring;
using SegML.Tests.Cli;
using SegML.Tests.Images;
using SegML.Tests.Scoring;

namespace SegML.Tests.Serving;

/// <summary>The page as a folder that scores in the browser.</summary>
[TestClass]
public sealed class WebFolderTests
{
    [TestMethod]
    public void ItHoldsPageModelsAndRuntime()
    {
        using var folder = new TemporaryFolder();
        string model = folder.File("tiny.onnx", TinyModel.Create());
        Segml.Result result = Segml.Run("export", model, "--out", folder.File("again.onnx"), "--self-contained", "--web", folder.File("site"), "--runtime", Runtime(folder));
        Assert.AreEqual(0, result.Code, result.Error);
        JsonElement config = JsonDocument.Parse(File.ReadAllText(folder.File("site/config.json"))).RootElement;
        Assert.IsTrue(config.GetProperty("browser").GetBoolean());
        JsonElement listed = config.GetProperty("models")[0];
        Assert.AreEqual("again", listed.GetProperty("name").GetString());
        Assert.AreEqual("#00ff00", listed.GetProperty("classes")[1].GetProperty("color").GetString());
        Assert.IsNotNull(ModelInfo.Read(folder.File($"site/{listed.GetProperty("file").GetString()}")).SelfContained);
        foreach (string file in (string[])["index.html", "app.js", "browser.js", "ort/ort-wasm-simd-threaded.wasm"])
        {
            Assert.IsTrue(File.Exists(folder.File($"site/{file}")), file);
        }
    }

    [TestMethod]
    public void AModelAsItIsBecomesAPageWithoutAnotherFile()
    {
        using var folder = new TemporaryFolder();
        string model = folder.File("tiny.onnx", TinyModel.Create());
        Segml.Result result = Segml.Run("export", model, "--web", folder.File("site"), "--runtime", Runtime(folder));
        Assert.AreEqual(0, result.Code, result.Error);
        JsonElement listed = JsonDocument.Parse(File.ReadAllText(folder.File("site/config.json"))).RootElement.GetProperty("models")[0];
        Assert.AreEqual("tiny", listed.GetProperty("name").GetString());
        Assert.IsNotNull(ModelInfo.Read(folder.File("site/models/tiny.onnx")).SelfContained);
        Segml.Fails(2, Segml.Run("export", model, "--web", folder.File("site"), "--out", folder.File("again.onnx")), "tiny.onnx is an exported model already", "leave --out out");
        Segml.Fails(2, Segml.Run("export", model), "--out is missing");
    }

    [TestMethod]
    public void WithoutTheRuntimeItSaysHowToGetIt()
    {
        using var folder = new TemporaryFolder();
        string model = folder.File("tiny.onnx", TinyModel.Create());
        Segml.Fails(2, Segml.Run("serve", model, "--browser", "--runtime", folder.File("none.tgz")), "none.tgz does not exist", "npm pack onnxruntime-web@");
        Segml.Fails(2, Segml.Run("serve", model, "--browser", "--runtime", model), "tiny.onnx is no package of npm", "--runtime");
        Segml.Fails(2, Segml.Run("serve", model, "--browser", "--runtime", folder.Path), "lacks ort.wasm.min.mjs", "--runtime");
    }

    /// <summary>A folder that has the runtime's files by name alone.</summary>
    private static string Runtime(TemporaryFolder folder)
    {
        string runtime = Directory.CreateDirectory(folder.File("runtime")).FullName;
        foreach (string file in WebRuntime.Files)
        {
            File.WriteAllText(Path.Combine(runtime, file), "");
        }
        return runtime;
    }
}
