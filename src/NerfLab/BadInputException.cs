namespace NerfLab;

/// <summary>
/// Something the user gave cannot be used. The message is one sentence that names the value, the place
/// (file, line or key) and what would be right; the command line prints it and ends with exit code 2.
/// </summary>
/// <param name="message">The sentence, without a trailing full stop.</param>
/// <param name="cause">The exception behind it, if there is one.</param>
public sealed class BadInputException(string message, Exception? cause = null) : Exception(message, cause);
