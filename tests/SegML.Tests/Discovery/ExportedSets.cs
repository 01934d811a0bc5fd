using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using SegML.Annotations.Export;
using SegML.Images;
using SegML.Masks;
using SegML.Tests.Images;

namespace SegML.Tests.Discovery;

/// <summary>One drawn set of images and masks, laid out as each annotation tool exports it.</summary>
internal static class ExportedSets
{
    public const int Images = 15, Width = 64, Height = 48;

    public static readonly string[] Forms =
        ["cvat task", "cvat project", "roboflow coco", "roboflow yolo", "roboflow masks", "labelme", "supervisely", "label studio", "binary masks", "voc", "camvid lists"];

    public static ClassSet Classes(string form) => new(form == "binary masks"
        ? [new() { Id = 0, Name = "background", Color = default }, new() { Id = 1, Name = "foreground", Color = new(255, 255, 255) }]
        : [new() { Id = 0, Name = "background", Color = default }, new() { Id = 1, Name = "road", Color = new(128, 64, 128) }, new() { Id = 2, Name = "car", Color = new(0, 0, 142) }]);

    /// <summary>The mask of an image: a road of varying height, and a car.</summary>
    public static SegmentationMask Mask(int image, string form)
    {
        var mask = new SegmentationMask(Width, Height, Classes(form));
        int horizon = 20 + image % 7, left = 5 + 3 * image;
        for (int i = 0; i < mask.Ids.Length; i++)
        {
            (int y, int x) = Math.DivRem(i, Width);
            mask.Ids[i] = (byte)(y >= 30 && y < 38 && x >= left && x < left + 12 && mask.Classes.Count > 2 ? 2 : y >= horizon ? 1 : 0);
        }
        return mask;
    }

    /// <summary>Writes a set and packs it.</summary>
    /// <returns>The zip file.</returns>
    public static string Zip(TemporaryFolder folder, string form)
    {
        string root = folder.File("export");
        Write(root, form);
        string zip = folder.File("street-1.zip");
        ZipFile.CreateFromDirectory(root, zip);
        Directory.Delete(root, recursive: true);
        return zip;
    }

    private static void Write(string root, string form)
    {
        (string Name, SegmentationMask Mask)[] all = [.. Enumerable.Range(0, Images).Select(i => ($"{i:000}.png", Mask(i, form)))];
        (string Name, SegmentationMask Mask)[] train = all[..10], val = all[10..];
        switch (form)
        {
            case "cvat task":
                Export("cvat", root, all, "images");
                break;
            case "cvat project":
                // Two subsets with the same names, as project exports have them.
                Export("cvat", root, [.. train, .. val.Select((v, i) => ($"{i:000}.png", v.Mask))], null);
                string xml = File.ReadAllText(Path.Combine(root, "annotations.xml"));
                for (int i = 0; i < Images; i++)
                {
                    xml = xml.Replace($"<image id=\"{i}\"", $"<image id=\"{i}\" subset=\"{(i < 10 ? "Train" : "Validation")}\"", StringComparison.Ordinal);
                    Image(Path.Combine(root, "images", i < 10 ? "Train" : "Validation", $"{(i < 10 ? i : i - 10):000}.png"), all[i].Mask);
                }
                File.WriteAllText(Path.Combine(root, "annotations.xml"), xml);
                break;
            case "roboflow coco":
                foreach ((string split, (string, SegmentationMask)[] part) in new[] { ("train", train), ("valid", val) })
                {
                    Export("coco", Path.Combine(root, split), part, "");
                    File.Move(Path.Combine(root, split, "annotations.json"), Path.Combine(root, split, "_annotations.coco.json"));
                }
                break;
            case "roboflow yolo":
                Export("yolo", Path.Combine(root, "train"), train, "images");
                Export("yolo", Path.Combine(root, "valid"), val, "images");
                File.Move(Path.Combine(root, "train/data.yaml"), Path.Combine(root, "data.yaml"));
                File.Delete(Path.Combine(root, "valid/data.yaml"));
                break;
            case "roboflow masks":
                foreach ((string split, (string Name, SegmentationMask Mask)[] part) in new[] { ("train", train), ("valid", val) })
                {
                    foreach ((string name, SegmentationMask mask) in part)
                    {
                        string stem = Path.Combine(root, split, Path.ChangeExtension(name, null) + "_jpg.rf.0123456789abcdef");
                        Image(stem + ".jpg", mask);
                        MaskFile.Write(stem + "_mask.png", mask);
                    }
                    File.WriteAllText(Path.Combine(root, split, "_classes.csv"), "Pixel Value, Class\n0, background\n1, road\n2, car\n");
                }
                break;
            case "labelme":
                Export("labelme", root, all, "");
                break;
            case "supervisely":
                Export("supervisely", root, all, "ds0/img");
                break;
            case "label studio":
                Export("labelstudio", root, all, null);
                string tasks = Path.Combine(root, "tasks.json");
                JsonArray list = JsonNode.Parse(File.ReadAllText(tasks))!.AsArray();
                foreach (JsonNode? task in list)
                {
                    string name = (string)task!["data"]!["image"]!;
                    task["id"] = 7;
                    task["file_upload"] = $"0a1b2c3d-{name}";
                    task["data"]!["image"] = $"/data/upload/4/0a1b2c3d-{name}";
                }
                File.WriteAllText(tasks, list.ToJsonString());
                foreach ((string name, SegmentationMask mask) in all)
                {
                    Image(Path.Combine(root, "photos", name), mask);
                }
                break;
            case "binary masks":
                foreach ((string name, SegmentationMask mask) in all)
                {
                    Image(Path.Combine(root, "images", name), mask);
                    using RgbaImage picture = Painted(mask, c => mask.Classes.ColorOf(c));
                    ImageFile.Write(Path.Combine(root, "masks", name), picture);
                }
                break;
            case "voc":
                foreach ((string name, SegmentationMask mask) in all)
                {
                    Image(Path.Combine(root, "JPEGImages", Path.ChangeExtension(name, ".jpg")), mask);
                    using RgbaImage picture = Painted(mask, c => mask.Classes.ColorOf(c));
                    ImageFile.Write(Path.Combine(root, "SegmentationClass", name), picture);
                    ImageFile.Write(Path.Combine(root, "SegmentationObject", name), picture);
                }
                File.WriteAllText(Path.Combine(root, "labelmap.txt"), "# label:color_rgb:parts:actions\nbackground:0,0,0::\nroad:128,64,128::\ncar:0,0,142::\n");
                Directory.CreateDirectory(Path.Combine(root, "ImageSets/Segmentation"));
                File.WriteAllLines(Path.Combine(root, "ImageSets/Segmentation/train.txt"), train.Select(t => Path.GetFileNameWithoutExtension(t.Name)));
                File.WriteAllLines(Path.Combine(root, "ImageSets/Segmentation/val.txt"), val.Select(t => Path.GetFileNameWithoutExtension(t.Name)));
                break;
            case "camvid lists":
                foreach ((string split, (string Name, SegmentationMask Mask)[] part) in new[] { ("train", train), ("val", val) })
                {
                    foreach ((string name, SegmentationMask mask) in part)
                    {
                        Image(Path.Combine(root, split, name), mask);
                        MaskFile.Write(Path.Combine(root, split + "annot", name), mask);
                    }
                    File.WriteAllLines(Path.Combine(root, split + ".txt"), part.Select(p => $"/SegNet/CamVid/{split}/{p.Name} /SegNet/CamVid/{split}annot/{p.Name}"));
                }
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(form), form, "is no form");
        }
        // What a Mac leaves in archives.
        Directory.CreateDirectory(Path.Combine(root, "__MACOSX"));
        File.WriteAllText(Path.Combine(root, "__MACOSX/._000.png"), "Mac OS X");
    }

    private static void Export(string form, string root, (string Name, SegmentationMask Mask)[] masks, string? images)
    {
        foreach ((string name, SegmentationMask mask) in images is null ? [] : masks)
        {
            Image(Path.Combine(root, images!, name), mask);
        }
        AnnotationExport.Of(form)!.Write(root, masks);
    }

    // What is to be learned shows in the colours.
    private static void Image(string path, SegmentationMask mask)
    {
        using RgbaImage image = Painted(mask, c => c == 0 ? new Rgb(120, 170, 220) : c == 1 ? new Rgb(90, 90, 95) : new Rgb(200, 30, 30));
        ImageFile.Write(path, image);
    }

    private static RgbaImage Painted(SegmentationMask mask, Func<byte, Rgb> colorOf)
    {
        var image = new RgbaImage(mask.Width, mask.Height);
        for (int i = 0; i < mask.Ids.Length; i++)
        {
            Rgb color = colorOf(mask.Ids[i]);
            (image.Pixels[4 * i], image.Pixels[4 * i + 1], image.Pixels[4 * i + 2], image.Pixels[4 * i + 3]) = (color.R, color.G, color.B, 255);
        }
        return image;
    }
}
