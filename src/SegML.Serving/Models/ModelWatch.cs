using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace SegML.Serving.Models;

/// <summary>
/// Loads models again whose files have changed, by looking at them: notices of changes do not come through from every kind of folder, such as those
/// that containers mount.
/// </summary>
internal sealed class ModelWatch(SegmentationModels models, IOptions<ServingOptions> options) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Value.ReloadEvery is not { } every)
        {
            return;
        }
        var seen = models.All.ToDictionary(m => m, m => m.Version);
        using var timer = new PeriodicTimer(every);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            foreach (ServedModel model in models.All)
            {
                FileVersion now = FileVersion.Of(model.Path);
                // Twice the same: what is still being copied is left alone. A file that is gone is no new version.
                if (now != model.Version && now == seen[model] && now != default)
                {
                    TryReload(model);
                }
                seen[model] = now;
            }
        }
    }

    private static void TryReload(ServedModel model)
    {
        try
        {
            model.Reload();
        }
        catch (SegMLException)
        {
            // The model has logged it, and answers as before.
        }
    }
}
