using System.Collections;
using System.Globalization;

namespace NerfLab.Weights;

/// <summary>A Python dictionary whose keys are texts or whole numbers; numbers are kept as text. In the order of insertion.</summary>
internal sealed class PickleDictionary : IEnumerable<KeyValuePair<string, object?>>
{
    private readonly OrderedDictionary<string, object?> _items = [];

    /// <summary>Adds keys and values in turn.</summary>
    public PickleDictionary With(object?[] items)
    {
        if (items.Length % 2 != 0) throw new InvalidDataException("has a dictionary key without a value");
        for (var k = 0; k < items.Length; k += 2)
        {
            var key = items[k] switch
            {
                string text => text,
                long number => number.ToString(CultureInfo.InvariantCulture),
                _ => throw new InvalidDataException("has a dictionary key that is neither a text nor a whole number"),
            };
            if (!_items.TryAdd(key, items[k + 1])) throw new InvalidDataException($"has the dictionary key \"{WeightFile.Shorten(key)}\" twice");
        }
        return this;
    }

    /// <summary>The value of a key, or null.</summary>
    public object? this[string key] => _items.GetValueOrDefault(key);

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => _items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
