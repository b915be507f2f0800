using System.Runtime.InteropServices;

namespace NerfLab.Cli;

/// <summary>Ctrl-C and SIGTERM as a wish that is looked at between steps and pictures; a second one ends the program at once.</summary>
sealed class Interruption : IDisposable
{
    readonly PosixSignalRegistration _interrupt, _terminate;
    volatile bool _requested;

    public Interruption()
    {
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle);
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle);

        void Handle(PosixSignalContext context)
        {
            context.Cancel = !_requested;
            _requested = true;
        }
    }

    /// <summary>Whether the user wants to stop.</summary>
    public bool Requested => _requested;

    /// <summary>Stops where nothing needs to be saved.</summary>
    /// <param name="left">What is left behind, for the last line.</param>
    /// <exception cref="OperationCanceledException">The user wants to stop.</exception>
    public void Check(string left)
    {
        if (_requested) throw new OperationCanceledException($"interrupted; {left}");
    }

    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
    }
}
