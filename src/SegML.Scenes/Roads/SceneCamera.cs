using SkiaSharp;

namespace SegML.Scenes.Roads;

/// <summary>
/// A camera over a flat ground with one road. World coordinates in metres: X to the right of the camera, Y above the
/// ground, Z ahead. A pinhole without distortion.
/// </summary>
internal sealed class SceneCamera
{
    /// <summary>Where the road is drawn to, in metres.</summary>
    public const float Far = 300;

    private readonly float _center;
    private readonly float _focal;
    private readonly float _eye;
    private readonly float _offset;
    private readonly float _slope;
    private readonly float _bend;

    public SceneCamera(Random random, int width, int height)
    {
        Width = width;
        Height = height;
        Horizon = height * random.Between(0.32f, 0.52f);
        _focal = width * random.Between(0.8f, 1.05f);
        _center = width * random.Between(0.4f, 0.6f);
        _eye = random.Between(1.4f, 2.4f);
        HalfRoad = random.Between(2.8f, 5.2f);
        _offset = HalfRoad * random.Between(-0.7f, 0.7f);
        _slope = random.Between(-0.08f, 0.08f);
        _bend = random.Between(-0.005f, 0.005f);
        Near = 0.9f * _focal * _eye / (height - Horizon);
    }

    /// <summary>The picture's width in pixels.</summary>
    public int Width { get; }

    /// <summary>The picture's height in pixels.</summary>
    public int Height { get; }

    /// <summary>The horizon's row.</summary>
    public float Horizon { get; }

    /// <summary>Half of the road's width in metres.</summary>
    public float HalfRoad { get; }

    /// <summary>A distance that lies just below the picture, in metres.</summary>
    public float Near { get; }

    /// <summary>Where a point is seen.</summary>
    public SKPoint See(float x, float y, float z) => new(_center + _focal * x / z, Horizon + _focal * (_eye - y) / z);

    /// <summary>Pixels a metre at a distance.</summary>
    public float Scale(float z) => _focal / z;

    /// <summary>The X of a line that runs along the road, at a distance. The bend straightens out far away.</summary>
    /// <param name="aside">Metres right of the road's middle.</param>
    /// <param name="z">Distance in metres.</param>
    public float Along(float aside, float z) => aside + _offset + _slope * z + _bend * z * z / (1 + z / 80);

    /// <summary>The outline on the screen of a strip that runs along the road.</summary>
    /// <param name="left">Its left edge, metres right of the road's middle.</param>
    /// <param name="right">Its right edge, likewise.</param>
    /// <param name="from">Its near end.</param>
    /// <param name="to">Its far end.</param>
    public SKPoint[] Strip(float left, float right, float from, float to)
    {
        int steps = Math.Clamp((int)(40 * (1 / from - 1 / to) * Near), 2, 40);
        var outline = new SKPoint[2 * (steps + 1)];
        for (int i = 0; i <= steps; i++)
        {
            // Even steps on the screen are even steps of 1 / z.
            float z = 1 / (1 / from + (1 / to - 1 / from) * i / steps);
            outline[i] = See(Along(left, z), 0, z);
            outline[^(i + 1)] = See(Along(right, z), 0, z);
        }
        return outline;
    }
}
