using SegML.Colors;
using SegML.Pipelines;

namespace SegML.Tests.Pipelines;

[TestClass]
public sealed class PipelineFileTests
{
    private const string Full = """
        {
          // Comments are welcome.
          "$schema": "https://example.org/pipeline.json",
          "name": "street",
          "classes": [
            { "id": 0, "name": "road", "color": "#804080", "from": [3, 4, "Road"] },
            { "id": 1, "name": "rest" },
          ],
          "ignore": { "id": 255, "from": [11] },
          "data": { "root": "frames", "splits": { "train": { "images": "train", "masks": "trainannot" } } },
          "input": { "width": 320, "height": 240, "fit": "stretch", "channels": "bgr" },
          "network": { "name": "unet", "options": { "width": 16 } },
          "training": {
            "epochs": 12,
            "optimizer": "sgd",
            "augmentation": { "flip": 0 }
          }
        }
        """;

    private string _folder = "";

    [TestInitialize]
    public void CreateFolder() => _folder = Directory.CreateTempSubdirectory("segml-pipeline-").FullName;

    [TestCleanup]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void EveryPartIsRead()
    {
        Pipeline pipeline = Read(Full);
        Assert.AreEqual("street", pipeline.Name);
        Assert.IsTrue(pipeline.Classes.TryFromValue(4, out byte id) && id == 0);
        Assert.IsTrue(pipeline.Classes.TryFromName("road", out id) && id == 0);
        Assert.IsTrue(pipeline.Classes.TryFromValue(11, out id) && id == 255);
        Assert.AreEqual("#804080", pipeline.Classes.Classes[0].Color.ToString());
        Assert.AreNotEqual(pipeline.Classes.Classes[0].Color, pipeline.Classes.Classes[1].Color);
        Assert.AreEqual(Path.Combine(_folder, "frames"), pipeline.Data.Root);
        Assert.AreEqual("trainannot", pipeline.Data.Splits["train"].Masks);
        Assert.AreEqual((320, 240), (pipeline.Input.Width, pipeline.Input.Height));
        Assert.AreEqual(ColorSpace.Bgr, pipeline.Input.ColorSpace);
        Assert.AreEqual(16, (int)pipeline.Network.Options!["width"]!);
        Assert.AreEqual(12, pipeline.Training.Epochs);
        Assert.AreEqual(OptimizerKind.Sgd, pipeline.Training.Optimizer);
        Assert.AreEqual(0, pipeline.Training.Augmentation.Flip);
        Assert.AreEqual(new TrainingOptions().BatchSize, pipeline.Training.BatchSize);
    }

    [TestMethod]
    public void JsonReadsBackEqual()
    {
        string json = PipelineFile.ToJson(Read(Full));
        Assert.AreEqual(json, PipelineFile.ToJson(Read(json)));
        Assert.Contains("\"weightDecay\": 0.02", json);
        Assert.Contains("\"from\": [", json);
    }

    [TestMethod]
    public void SettingsReplaceSingleValues()
    {
        Pipeline pipeline = Read(Full, "training.epochs=20", "network.options.width=32", "network.options.deep=true", "name=7",
            "training.augmentation.flip=0.25", "training.optimizer=adamw", "data.splits.test={\"images\":\"a\",\"masks\":\"b\"}", "input.mean=[0,0,0]");
        Assert.AreEqual(20, pipeline.Training.Epochs);
        Assert.AreEqual(32, (int)pipeline.Network.Options!["width"]!);
        Assert.IsTrue((bool)pipeline.Network.Options!["deep"]!);
        Assert.AreEqual("7", pipeline.Name);
        Assert.AreEqual(0.25, pipeline.Training.Augmentation.Flip);
        Assert.AreEqual(OptimizerKind.AdamW, pipeline.Training.Optimizer);
        Assert.AreEqual("b", pipeline.Data.Splits["test"].Masks);
        Assert.AreEqual(0, pipeline.Input.Mean[2]);
    }

    [TestMethod]
    [DataRow("input.channelCount=3", "unknown key \"channelCount\" in input")]
    [DataRow("input.minSide=3", "unknown key \"minSide\" in input")]
    [DataRow("training.epoch=20", "unknown key \"epoch\" in training; did you mean \"epochs\"?")]
    [DataRow("training.epochs=many", "has \"many\" for training.epochs; write a whole number there")]
    [DataRow("training.epochs", "is not path=value; write it like training.epochs=20")]
    [DataRow("=20", "is not path=value")]
    [DataRow("training.epochs.more=1", "goes on past training.epochs")]
    [DataRow("training.epochs=0", "has training.epochs 0; choose a value at least 1")]
    [DataRow("training.optimizer=adagrad", "has \"adagrad\" for training.optimizer; write one of \"adamw\", \"sgd\", \"adam\", \"rmsprop\", \"muon\" there")]
    [DataRow("training.learningRate=1e999", "training.learningRate")]
    [DataRow("training.augmentation.elastic=30", "has training.augmentation.elastic 30; choose a value from 0 to 25.6")]
    [DataRow("training.augmentation.perspective=0.3", "has training.augmentation.perspective 0.3; choose a value from 0 to 0.2")]
    [DataRow("training.augmentation.jpegQuality=96", "has training.augmentation.jpegQuality 96; choose a value from 0 to 95")]
    [DataRow("data.splits.test.images=a", "has neither \"masks\" nor \"annotations\" in data.splits.test")]
    public void SettingsThatDoNotFitAreRefused(string setting, string message) =>
        Assert.Contains(message, Assert.ThrowsExactly<PipelineFormatException>(() => Read(Full, setting)).Message);

    [TestMethod]
    [DataRow("\"epochs\"", "\"epoch\"", "street.json line 14 has the unknown key \"epoch\" in training; did you mean \"epochs\"?")]
    [DataRow("\"training\"", "\"tuning\"", "street.json line 13 has the unknown key \"tuning\"; ")]
    [DataRow("\"#804080\"", "\"purple\"", "street.json line 6 has \"purple\" for classes[0].color; write a colour such as \"#8040c0\" there")]
    [DataRow("12,", "\"12\",", "line 14 has \"12\" for training.epochs; write a whole number there")]
    [DataRow("12,", "0,", "has training.epochs 0; choose a value at least 1")]
    [DataRow("12,", "null,", "line 14 has null for training.epochs; leave the key out")]
    [DataRow("12,", "12, \"epochs\": 13,", "is not valid JSON")]
    [DataRow("[3, 4, \"Road\"]", "[3, {}]", "line 6 has [3,{}] for classes[0].from; write a list of whole numbers and names there")]
    [DataRow("[3, 4, \"Road\"]", "[11]", "maps \"11\" to two classes")]
    [DataRow("\"id\": 1,", "\"id\": 0,", "has the class id 0 twice")]
    [DataRow("\"id\": 1, \"name\": \"rest\"", "\"id\": 1", "line 7 has no \"name\" in classes[1]; add it")]
    [DataRow("320", "4", "has the input size 4x240")]
    [DataRow("\"sgd\"", "0", "has 0 for training.optimizer; write one of")]
    [DataRow("\"name\": \"street\",", "", "street.json has no \"name\"; add it")]
    [DataRow("{ \"flip\": 0 }", "[]", "has [] for training.augmentation; write an object in braces there")]
    [DataRow("\"name\": \"street\",", "\"name\": \"street\"", "street.json line 5 is not valid JSON")]
    public void FilesThatAreNotAsTheyShouldBeAreRefused(string find, string replace, string message)
    {
        var e = Assert.ThrowsExactly<PipelineFormatException>(() => Read(Full.Replace(find, replace, StringComparison.Ordinal)));
        Assert.Contains(message, e.Message);
        Assert.StartsWith(Path.Combine(_folder, "street.json"), e.Message);
        Assert.DoesNotContain("\n", e.Message);
    }

    [TestMethod]
    [DataRow("", "is empty")]
    [DataRow("[]", "is not a JSON object")]
    [DataRow("{ \"name\": \"a\" }", "has no classes")]
    public void FilesThatAreNoPipelinesAreRefused(string text, string message) =>
        Assert.Contains(message, Assert.ThrowsExactly<PipelineFormatException>(() => Read(text)).Message);

    [TestMethod]
    public void BytesThatAreNotTextAreRefused()
    {
        string path = Path.Combine(_folder, "street.json");
        File.WriteAllBytes(path, [0x89, 0x50, 0x4E, 0x47, 0xFF]);
        Assert.Contains("is not text in UTF-8", Assert.ThrowsExactly<PipelineFormatException>(() => PipelineFile.Read(path)).Message);
    }

    [TestMethod]
    public void AMissingFileIsNamed()
    {
        string path = Path.Combine(_folder, "no", "street.json");
        var e = Assert.ThrowsExactly<PipelineFormatException>(() => PipelineFile.Read(path));
        Assert.AreEqual($"{path} does not exist; check the path", e.Message);
    }

    [TestMethod]
    public void TheDataRootCanBeReplaced()
    {
        string path = Write(Full);
        Assert.AreEqual(Path.GetFullPath("elsewhere"), PipelineFile.Read(path, "elsewhere").Data.Root);
    }

    [TestMethod]
    [DataRow("\"\"")]
    [DataRow("\"a/b\"")]
    public void ANameThatCannotBeAFilesIsRefused(string name) =>
        Assert.Contains("choose one that can be a file's name",
            Assert.ThrowsExactly<PipelineFormatException>(() => Read(Full.Replace("\"street\"", name, StringComparison.Ordinal))).Message);

    [TestMethod]
    public void DamageIsReadOrRefusedButNeverAnythingElse()
    {
        const string Pieces = "{}[]:,\"0-.eEnulltrue \\u0000/*";
        var random = new Random(11);
        int refused = 0;
        for (int i = 0; i < 1500; i++)
        {
            int at = random.Next(Full.Length), length = random.Next(0, 12);
            string text = Full.Remove(at, Math.Min(length, Full.Length - at)).Insert(at, Pieces[random.Next(Pieces.Length)].ToString());
            try
            {
                Read(text);
            }
            catch (PipelineFormatException e)
            {
                Assert.DoesNotContain("\n", e.Message);
                refused++;
            }
        }
        Assert.IsGreaterThan(1000, refused);
    }

    [TestMethod]
    public void ASettingOfNullTakesTheDefault()
    {
        const string Text = """{ "name": "p", "classes": [ { "id": 0, "name": "a" } ], "training": { "startFrom": "runs/a", "epochs": 7, "earlyStopping": { "patience": 3 } } }""";
        TrainingOptions training = Read(Text, "training.startFrom=null", "training.epochs=null", "training.earlyStopping=null").Training;
        Assert.IsNull(training.StartFrom);
        Assert.AreEqual(100, training.Epochs);
        Assert.IsNull(training.EarlyStopping);
    }

    private Pipeline Read(string text, params string[] settings) => PipelineFile.Read(Write(text), settings: settings);

    private string Write(string text)
    {
        string path = Path.Combine(_folder, "street.json");
        File.WriteAllText(path, text);
        return path;
    }
}
