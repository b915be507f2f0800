using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace NerfLab.Weights;

/// <summary>
/// Reads one value of Python's pickle format, protocols 2 to 5, as data. A pickle is a program for a stack machine that may import and call
/// anything; here it may name and call only what a <see cref="IVocabulary"/> knows, and nothing of it is ever Python.
/// </summary>
/// <remarks>
/// Values: null, bool, long, BigInteger, double, string, byte[], tuples as object?[], lists and sets as List&lt;object?&gt;,
/// dictionaries as <see cref="PickleDictionary"/>, and whatever the vocabulary makes. Every step takes memory in proportion to the bytes it reads:
/// lengths are compared with what is left, and no step copies a value that another step may name again.
/// </remarks>
internal sealed class Pickle
{
    private const int LongestInteger = 255;

    private readonly Stream _stream;
    private readonly IVocabulary _vocabulary;
    private readonly List<object?> _stack = [];
    private readonly Stack<int> _marks = [];
    private readonly List<object?> _memo = [];

    private Pickle(Stream stream, IVocabulary vocabulary) => (_stream, _vocabulary) = (stream, vocabulary);

    /// <summary>The names a pickle may use. Each method throws <see cref="InvalidDataException"/> with the rest of a sentence for what it does not know.</summary>
    public interface IVocabulary
    {
        /// <summary>What <c>module.name</c> stands for.</summary>
        object Global(string module, string name);

        /// <summary>The value of a call of something that <see cref="Global"/> gave.</summary>
        object? Call(object? callee, object?[] arguments);

        /// <summary>What an identifier of something outside the pickle stands for.</summary>
        object? Outside(object? identifier);
    }

    /// <summary>How many operations were executed: the measure of how much a pickle says, for limits on what is made from it.</summary>
    public int Operations { get; private set; }

    /// <summary>Reads one value from a seekable stream and leaves the position behind it.</summary>
    /// <exception cref="InvalidDataException">The pickle is damaged or uses a name that the vocabulary does not know.</exception>
    public static (object? Value, int Operations) Read(Stream stream, IVocabulary vocabulary)
    {
        var pickle = new Pickle(stream, vocabulary);
        return (pickle.Run(), pickle.Operations);
    }

    private object? Run()
    {
        if (Byte() != 0x80 || Byte() is < 2 or > 5) throw new InvalidDataException("is no pickle of protocol 2 to 5");
        while (true)
        {
            Operations = checked(Operations + 1);
            var at = _stream.Position;
            var operation = Byte();
            if (operation == '.') return Pop();
            if (!Step(operation)) throw new InvalidDataException($"uses the pickle operation 0x{operation:X2} at byte {at}, which does not occur in files of weights");
        }
    }

    private bool Step(byte operation)
    {
        switch ((char)operation)
        {
            case '\x80': Byte(); break; // PROTO again
            case '\x95': Length(8); break; // FRAME
            case '(': _marks.Push(_stack.Count); break;
            case '0': Pop(); break;
            case '1': ToMark(); break;
            case '2': Push(Top()); break;
            case 'N': Push(null); break;
            case '\x88': Push(true); break;
            case '\x89': Push(false); break;
            case 'J': Push((long)BinaryPrimitives.ReadInt32LittleEndian(Bytes(4))); break;
            case 'K': Push((long)Byte()); break;
            case 'M': Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Bytes(2))); break;
            case '\x8a': Push(Integer(Length(1))); break;
            case '\x8b': Push(Integer(Length(4))); break;
            case 'G': Push(BinaryPrimitives.ReadDoubleBigEndian(Bytes(8))); break;
            case '\x8c': Push(Text(Length(1))); break;
            case 'X': Push(Text(Length(4))); break;
            case '\x8d': Push(Text(Length(8))); break;
            case 'U': Push(Encoding.Latin1.GetString(Bytes(Length(1)))); break;
            case 'T': Push(Encoding.Latin1.GetString(Bytes(Length(4)))); break;
            case 'C': Push(Bytes(Length(1))); break;
            case 'B': Push(Bytes(Length(4))); break;
            case '\x8e' or '\x96': Push(Bytes(Length(8))); break;
            case ')': Push(Array.Empty<object?>()); break;
            case '\x85': Push(Last(1)); break;
            case '\x86': Push(Last(2)); break;
            case '\x87': Push(Last(3)); break;
            case 't': Push(ToMark()); break;
            case ']' or '\x8f': Push(new List<object?>()); break;
            case 'l' or '\x91': Push(new List<object?>(ToMark())); break;
            case 'a': Grow(Last(1)); break;
            case 'e' or '\x90': Grow(ToMark()); break;
            case '}': Push(new PickleDictionary()); break;
            case 'd': Push(new PickleDictionary().With(ToMark())); break;
            case 's': SetItems(Last(2)); break;
            case 'u': SetItems(ToMark()); break;
            case 'c': Push(_vocabulary.Global(Line(), Line())); break;
            case '\x93': StackGlobal(); break;
            case 'R' or '\x81': Call(); break; // REDUCE, NEWOBJ
            case 'b': Build(); break;
            case 'Q': Push(_vocabulary.Outside(Pop())); break;
            case 'q': Remember(Byte()); break;
            case 'r': Remember(Length(4, checkedAgainstRest: false)); break;
            case '\x94': Remember(_memo.Count); break;
            case 'h': Push(Recall(Byte())); break;
            case 'j': Push(Recall(Length(4, checkedAgainstRest: false))); break;
            default: return false;
        }
        return true;
    }

    private void Push(object? value) => _stack.Add(value);

    private object? Top() => _stack.Count > (_marks.TryPeek(out var mark) ? mark : 0) ? _stack[^1] : throw new InvalidDataException("takes a value from an empty pickle stack");

    private object? Pop()
    {
        var value = Top();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private object?[] Last(int count)
    {
        var values = new object?[count];
        while (count > 0) values[--count] = Pop();
        return values;
    }

    private object?[] ToMark()
    {
        if (!_marks.TryPop(out var mark)) throw new InvalidDataException("closes a pickle list that was not opened");
        var values = _stack[mark..].ToArray();
        _stack.RemoveRange(mark, _stack.Count - mark);
        return values;
    }

    private void Grow(object?[] items) => (Top() as List<object?> ?? throw new InvalidDataException("adds items to something else than a list")).AddRange(items);

    private void SetItems(object?[] items) => (Top() as PickleDictionary ?? throw new InvalidDataException("sets items of something else than a dictionary")).With(items);

    private void StackGlobal()
    {
        var names = Last(2);
        if (names is not [string module, string name]) throw new InvalidDataException("refers to a name that is not a text");
        Push(_vocabulary.Global(module, name));
    }

    private void Call()
    {
        var parts = Last(2);
        Push(_vocabulary.Call(parts[0], parts[1] as object?[] ?? throw new InvalidDataException("calls something without a tuple of arguments")));
    }

    /// <summary>Attributes on a dictionary (module versions in a state dict) say nothing about weights; on anything else they would be an object's state.</summary>
    private void Build()
    {
        var state = Pop();
        if (Top() is not PickleDictionary || state is not PickleDictionary) throw new InvalidDataException("sets the state of something else than a dictionary");
    }

    private void Remember(int index)
    {
        if (index > Operations) throw new InvalidDataException($"remembers value {index} after {Operations} operations");
        while (_memo.Count <= index) _memo.Add(DBNull.Value);
        _memo[index] = Top();
    }

    private object? Recall(int index) => index < _memo.Count && _memo[index] is not DBNull ? _memo[index] : throw new InvalidDataException($"recalls value {index}, which it never remembered");

    private byte Byte() => _stream.ReadByte() is >= 0 and var value ? (byte)value : throw Truncated();

    private byte[] Bytes(int count)
    {
        if (count > _stream.Length - _stream.Position) throw Truncated();
        var bytes = new byte[count];
        _stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>A little-endian unsigned length of 1, 4 or 8 bytes that what is left of the stream can hold.</summary>
    private int Length(int size, bool checkedAgainstRest = true)
    {
        Span<byte> bytes = stackalloc byte[8];
        Bytes(size).CopyTo(bytes);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        if (length > int.MaxValue || checkedAgainstRest && (long)length > _stream.Length - _stream.Position)
            throw new InvalidDataException($"has a pickle value of {length} bytes at byte {_stream.Position}, where {_stream.Length - _stream.Position} are left");
        return (int)length;
    }

    private object Integer(int size)
    {
        if (size > LongestInteger) throw new InvalidDataException($"has a whole number of {size} bytes; at most {LongestInteger} are expected");
        var value = new BigInteger(Bytes(size));
        return value >= long.MinValue && value <= long.MaxValue ? (object)(long)value : value;
    }

    private string Text(int size) => Encoding.UTF8.GetString(Bytes(size));

    private string Line()
    {
        const int longest = 1024;
        var line = new List<byte>();
        for (byte next; (next = Byte()) != '\n'; line.Add(next))
            if (line.Count == longest) throw new InvalidDataException($"refers to a name of more than {longest} bytes");
        return Encoding.UTF8.GetString([.. line]);
    }

    private InvalidDataException Truncated() => new($"ends in the middle of its pickle, at byte {_stream.Length}");
}
