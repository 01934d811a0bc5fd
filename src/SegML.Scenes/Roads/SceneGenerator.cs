namespace SegML.Scenes.Roads;

/// <summary>Invents road scenes. The same seed and number give the same scene; no two numbers share a shape.</summary>
public static class SceneGenerator
{
    /// <summary>Invents one scene.</summary>
    /// <param name="seed">Decides the whole series.</param>
    /// <param name="number">Which of the series, from 0.</param>
    /// <param name="width">Width in pixels, at least 32.</param>
    /// <param name="height">Height in pixels, at least 32.</param>
    public static Scene Create(int seed, int number, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 32);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 32);
        var random = new Random(unchecked(seed * 1_000_003 + number));
        var view = new SceneView(new SceneCamera(random, width, height), new SceneLight(random), random);
        List<SceneShape> shapes = [.. Backdrop.Draw(view), .. Ground.Draw(view)];
        var standing = new List<(float Z, IEnumerable<SceneShape> Shapes)>();
        Roadside(view, -1, standing);
        Roadside(view, 1, standing);
        Traffic(view, standing);
        foreach ((_, IEnumerable<SceneShape> thing) in standing.OrderByDescending(t => t.Z))
        {
            shapes.AddRange(thing);
        }
        return new Scene(view, shapes, random.Next());
    }

    /// <summary>Walks along one side of the road and puts up houses, trees and lamp posts.</summary>
    private static void Roadside(SceneView view, int side, List<(float Z, IEnumerable<SceneShape> Shapes)> standing)
    {
        (SceneCamera camera, _, Random random) = view;
        double town = random.NextDouble(), dense = random.Between(0.5f, 1);
        for (float z = random.Between(5, 12); z < 60;)
        {
            float gap = random.Between(2, 7) / (float)dense;
            double what = random.NextDouble();
            if (what < 0.55 * town)
            {
                float far = z + random.Between(7, 16);
                float inner = camera.HalfRoad + random.Between(3, 6);
                // The road bends: keep the wall clear of it at both ends.
                float near = camera.Along(side * inner, z), end = camera.Along(side * inner, far);
                float wall = side > 0 ? MathF.Max(near, end) : MathF.Min(near, end);
                standing.Add((z, [Building.Draw(view, wall, wall + side * random.Between(7, 14), z, far)]));
                z = far;
            }
            else if (what < 0.9)
            {
                float x = camera.Along(side * (camera.HalfRoad + random.Between(2.8f, 9)), z);
                standing.Add((z, [.. Tree.Draw(view, x, z)]));
            }
            else
            {
                float x = camera.Along(side * (camera.HalfRoad + 0.6f), z);
                standing.Add((z, [LampPost.Draw(view, x, z, -side)]));
            }
            z += gap;
        }
    }

    private static void Traffic(SceneView view, List<(float Z, IEnumerable<SceneShape> Shapes)> standing)
    {
        (SceneCamera camera, _, Random random) = view;
        foreach (int lane in (ReadOnlySpan<int>)[-1, 1])
        {
            for (float z = random.Between(5, 18); z < 26; z += random.Between(9, 22))
            {
                float x = camera.Along(lane * camera.HalfRoad * random.Between(0.42f, 0.55f), z);
                standing.Add((z, [.. Car.Draw(view, x, z, oncoming: lane < 0)]));
            }
        }
    }
}
