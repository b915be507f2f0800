using System.Globalization;
using System.Text;
using static TorchSharp.torch;

namespace TorchSharp;

/// <summary>How tensors become text: the options of one call, completed by those of the process.</summary>
internal sealed record PrintOptions(string Format, int Width, string NewLine, CultureInfo Culture, int MaxRows, int MaxColumns)
{
    internal static PrintOptions Default = new("g5", 100, Environment.NewLine, CultureInfo.CurrentCulture, 6, 6);

    internal static PrintOptions With(string? format, int? width, CultureInfo? culture, string? newLine) => Default with
    {
        Format = format ?? Default.Format, Width = width ?? Default.Width, NewLine = newLine ?? Default.NewLine, Culture = culture ?? CultureInfo.CurrentCulture,
    };
}

public static partial class torch
{
    public const TensorStringStyle julia = TensorStringStyle.Julia;
    public const TensorStringStyle numpy = TensorStringStyle.Numpy;
    public const TensorStringStyle csharp = TensorStringStyle.CSharp;

    /// <summary>What <see cref="TensorStringStyle.Default"/> stands for.</summary>
    public static TensorStringStyle TensorStringStyle { get; set; } = TensorStringStyle.Julia;

    public static void set_printoptions(int precision, int? linewidth = null, string? newLine = null, bool sci_mode = false, int? maxRows = null, int? maxColumns = null) =>
        set_printoptions(null, (sci_mode ? "E" : "F") + precision, linewidth, newLine, maxRows, maxColumns);

    public static void set_printoptions(TensorStringStyle? style = null, string? floatFormat = null, int? linewidth = null, string? newLine = null, int? maxRows = null, int? maxColumns = null)
    {
        if (style is { } chosen) TensorStringStyle = chosen;
        var before = PrintOptions.Default;
        PrintOptions.Default = before with
        {
            Format = floatFormat ?? before.Format, Width = linewidth ?? before.Width, NewLine = newLine ?? before.NewLine,
            MaxRows = maxRows ?? before.MaxRows, MaxColumns = maxColumns ?? before.MaxColumns,
        };
    }

    public partial class Tensor
    {
        public override string ToString() => IsInvalid ? "disposed tensor" : Metadata();

        /// <summary><paramref name="disamb"/> only tells this overload from the others.</summary>
        public string ToString(bool disamb, string? fltFormat = null, int? width = null, CultureInfo? cultureInfo = null, string? newLine = null) =>
            ToString(TensorStringStyle.Default, fltFormat, width, cultureInfo, newLine);

        public string ToString(TensorStringStyle style, string? fltFormat = null, int? width = null, CultureInfo? cultureInfo = null, string? newLine = null)
        {
            if (style == TensorStringStyle.Default) style = torch.TensorStringStyle;
            var options = PrintOptions.With(fltFormat, width, cultureInfo, newLine);
            if (style == TensorStringStyle.Metadata || is_meta || is_sparse || is_quantized()) return Metadata();
            using var scope = NewDisposeScope();
            using var off = no_grad();
            return new TensorText(is_cpu() ? this : cpu(), style, options).Write(Metadata());
        }

        string Metadata() => $"[{string.Join('x', shape)}], type = {dtype}, device = {device}";
    }

    /// <summary>One tensor on its way to text.</summary>
    sealed class TensorText(Tensor tensor, TensorStringStyle style, PrintOptions options)
    {
        readonly long[] _shape = tensor.shape, _stride = tensor.stride();
        readonly StringBuilder _text = new();

        internal string Write(string metadata)
        {
            if (style != TensorStringStyle.Numpy) _text.Append(metadata);
            if (_shape.Length == 0) _text.Append(style == TensorStringStyle.Numpy ? "" : ", value = ").Append(Number(0));
            else if (style == TensorStringStyle.Julia) Julia(0, 0, "");
            else if (style == TensorStringStyle.Numpy) Numpy(0, 0);
            else CSharp();
            return _text.ToString();
        }

        // --- one number

        string Number(long offset) => tensor.ValueAt(offset) switch
        {
            bool b => style == TensorStringStyle.Numpy ? b.ToString() : b ? "true" : "false",
            float or double or Half or BFloat16 => Real(tensor.ValueAt(offset)),
            (float re, float im) => style == TensorStringStyle.CSharp ? $"({Real(re)}, {Real(im)})" : Complex(re, im),
            System.Numerics.Complex c => style == TensorStringStyle.CSharp ? $"new Complex({Real(c.Real)}, {Real(c.Imaginary)})" : Complex(c.Real, c.Imaginary),
            long n when style == TensorStringStyle.CSharp => n.ToString(options.Culture) + "L",
            var integer => Convert.ToString(integer, options.Culture)!,
        };

        string Real(object value)
        {
            double number = value switch { float f => f, Half h => (double)h, BFloat16 b => (float)b, _ => (double)value };
            // Digits are those of the type itself: a float as double would show more.
            var digits = value is float single ? single.ToString(options.Format, options.Culture) : number.ToString(options.Format, options.Culture);
            if (style != TensorStringStyle.CSharp) return digits;
            var type = value is double ? "double" : "float";
            if (double.IsNaN(number)) return $"{type}.NaN";
            if (double.IsInfinity(number)) return $"{type}.{(number > 0 ? "Positive" : "Negative")}Infinity";
            return value is double ? digits : digits + "f";
        }

        string Complex(double real, double imaginary)
        {
            var text = Real(imaginary);
            return Real(real) + (text.StartsWith('-') ? "" : "+") + text + "i";
        }

        // --- one dimension: all its positions, or the first and the last ones with -1 for those in between

        static IEnumerable<long> Positions(long size, int most)
        {
            if (size <= Math.Max(most, 1)) return Range(0, size);
            int first = (most + 1) / 2, last = most / 2;
            return Range(0, first).Append(-1).Concat(Range(size - last, last));
        }

        static IEnumerable<long> Range(long from, long count)
        {
            for (long i = 0; i < count; i++) yield return from + i;
        }

        string[] Row(long offset, int most) =>
            [.. Positions(_shape[^1], most).Select(i => i < 0 ? "..." : Number(offset + i * _stride[^1]))];

        /// <summary>The rows of a matrix; with fewer columns when they would be wider than a line.</summary>
        List<string[]> Rows(IReadOnlyList<long> offsets, int separator)
        {
            for (int most = options.MaxColumns; ; most--)
            {
                var rows = offsets.Select(o => o < 0 ? null! : Row(o, most)).ToList();
                int width = rows.Max(r => r?.Sum(cell => cell.Length + separator) ?? 0);
                if (width <= options.Width || most <= 2 || _shape[^1] <= 2) return rows;
                most = (int)Math.Min(most, _shape[^1]);
            }
        }

        // --- Julia: right-aligned columns

        void Julia(int dimension, long offset, string index)
        {
            if (_shape.Length - dimension > 2)
            {
                if (dimension == 0) _text.Append(options.NewLine);
                foreach (long i in Positions(_shape[dimension], options.MaxRows))
                {
                    if (i < 0) _text.Append("...").Append(options.NewLine).Append(options.NewLine);
                    else Julia(dimension + 1, offset + i * _stride[dimension], $"{index}{i},");
                }
                return;
            }
            if (dimension == 0) _text.Append(options.NewLine);
            else _text.Append($"[{index}..,..] =").Append(options.NewLine);
            bool matrix = _shape.Length - dimension == 2;
            var offsets = matrix ? Positions(_shape[dimension], options.MaxRows).Select(i => i < 0 ? -1 : offset + i * _stride[dimension]).ToArray() : [offset];
            if (offsets.Length > 0)
            {
                var rows = Rows(offsets, 1);
                int columns = rows.Max(r => r?.Length ?? 0);
                var widths = Enumerable.Range(0, columns).Select(c => rows.Max(r => r?[c].Length ?? 0)).ToArray();
                foreach (var row in rows)
                {
                    if (row is null) _text.Append(" ...");
                    else for (int c = 0; c < columns; c++) _text.Append(' ').Append(row[c].PadLeft(matrix ? widths[c] : 0));
                    _text.Append(options.NewLine);
                }
            }
            if (dimension > 0) _text.Append(options.NewLine);
        }

        // --- NumPy: nested brackets

        void Numpy(int dimension, long offset)
        {
            _text.Append('[');
            if (dimension == _shape.Length - 1) _text.AppendJoin(", ", Rows([offset], 2)[0]);
            else
            {
                bool first = true;
                foreach (long i in Positions(_shape[dimension], options.MaxRows))
                {
                    if (!first)
                    {
                        for (int d = dimension; d < _shape.Length - 1; d++) _text.Append(options.NewLine);
                        _text.Append(' ', dimension + 1);
                    }
                    first = false;
                    if (i < 0) _text.Append("...");
                    else Numpy(dimension + 1, offset + i * _stride[dimension]);
                }
            }
            _text.Append(']');
        }

        // --- C#: an initialiser

        string ElementName => tensor.dtype switch
        {
            ScalarType.Bool => "bool",
            ScalarType.Byte => "byte",
            ScalarType.Int8 => "sbyte",
            ScalarType.Int16 => "short",
            ScalarType.Int32 => "int",
            ScalarType.Int64 => "long",
            ScalarType.Float16 => "Half",
            ScalarType.Float32 => "float",
            ScalarType.Float64 => "double",
            ScalarType.ComplexFloat32 => "(float Real, float Imaginary)",
            ScalarType.ComplexFloat64 => "Complex",
            var other => other.ToString(),
        };

        void CSharp()
        {
            _text.Append(", value = ");
            if (_shape.Length > 1) _text.Append(options.NewLine);
            _text.Append(ElementName).Append(" [").Append(',', _shape.Length - 1).Append("] ");
            Braces(0, 0);
        }

        void Braces(int dimension, long offset)
        {
            _text.Append('{');
            if (dimension == _shape.Length - 1) _text.AppendJoin(", ", Rows([offset], 2)[0]);
            else
            {
                bool first = true;
                foreach (long i in Positions(_shape[dimension], options.MaxRows))
                {
                    _text.Append(first ? "" : ",").Append(options.NewLine).Append(' ', dimension + 1);
                    first = false;
                    if (i < 0) _text.Append("...");
                    else Braces(dimension + 1, offset + i * _stride[dimension]);
                }
                _text.Append(options.NewLine).Append(' ', dimension);
            }
            _text.Append('}');
        }
    }
}

public static partial class TensorExtensionMethods
{
    public static string str(this Tensor tensor, string? fltFormat = null, int? width = null, string? newLine = null, CultureInfo? cultureInfo = null, TensorStringStyle style = TensorStringStyle.Default) =>
        tensor.ToString(style, fltFormat, width, cultureInfo, newLine);

    public static string jlstr(this Tensor tensor, string? fltFormat = null, int? width = null, string? newLine = null, CultureInfo? cultureInfo = null) =>
        tensor.ToString(TensorStringStyle.Julia, fltFormat, width, cultureInfo, newLine);

    public static string metastr(this Tensor tensor) => tensor.ToString(TensorStringStyle.Metadata);

    public static string npstr(this Tensor tensor, string? fltFormat = "g5", int? width = 100, string? newLine = null, CultureInfo? cultureInfo = null) =>
        tensor.ToString(TensorStringStyle.Numpy, fltFormat, width, cultureInfo, newLine);

    public static string cstr(this Tensor tensor, string? fltFormat = "g5", int? width = 100, string? newLine = null, CultureInfo? cultureInfo = null) =>
        tensor.ToString(TensorStringStyle.CSharp, fltFormat, width, cultureInfo, newLine);

    public static Tensor print(this Tensor t, string? fltFormat = "g5", int? width = 100, string? newLine = null, CultureInfo? cultureInfo = null, TensorStringStyle style = TensorStringStyle.Default)
    {
        Console.WriteLine(t.ToString(style, fltFormat, width, cultureInfo, newLine));
        return t;
    }
}
