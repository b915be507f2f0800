namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public partial class Module
        {
            /// <summary>Writes parameters and persistent buffers: their number, then each one's name, dtype, shape and bytes.</summary>
            public Module save(string location, IList<string>? skip = null)
            {
                Tensor.Replacing(location, path =>
                {
                    using var stream = File.Create(path);
                    save(stream, skip);
                });
                return this;
            }

            public Module save(BinaryWriter writer, IList<string>? skip = null)
            {
                save_state_dict(writer, state_dict(), skip);
                return this;
            }

            public Module save(Stream stream, IList<string>? skip = null)
            {
                using var writer = new BinaryWriter(stream, System.Text.Encoding.UTF8, leaveOpen: true);
                return save(writer, skip);
            }

            public static void save_state_dict(BinaryWriter writer, Dictionary<string, Tensor> sd, IList<string>? skip = null)
            {
                var kept = sd.Where(pair => skip?.Contains(pair.Key) != true).ToList();
                writer.Write7BitEncodedInt(kept.Count);
                foreach (var (key, tensor) in kept)
                {
                    writer.Write(key);
                    tensor.Save(writer);
                }
            }

            public virtual Module load(string location, bool strict = true, IList<string>? skip = null, Dictionary<string, bool>? loadedParameters = null)
            {
                if (!File.Exists(location)) throw new FileNotFoundException($"there is no file {location}", location);
                using var stream = File.OpenRead(location);
                return load(stream, strict, skip, loadedParameters);
            }

            public Module load(Stream stream, bool strict = true, IList<string>? skip = null, Dictionary<string, bool>? loadedParameters = null)
            {
                using var reader = new BinaryReader(stream, System.Text.Encoding.UTF8, leaveOpen: true);
                return load(reader, strict, skip, loadedParameters);
            }

            /// <summary>
            /// Reads what <see cref="save(BinaryWriter, IList{string})"/> wrote. Without <paramref name="strict"/>, names that only
            /// one side has are passed over. Names in <paramref name="skip"/> keep their values.
            /// </summary>
            /// <exception cref="ArgumentException">Names, dtypes or shapes differ.</exception>
            /// <exception cref="InvalidDataException">The bytes are no such file.</exception>
            public virtual Module load(BinaryReader reader, bool strict = true, IList<string>? skip = null, Dictionary<string, bool>? loadedParameters = null)
            {
                var expected = state_dict();
                var skipped = new HashSet<string>(skip ?? []);
                var found = new HashSet<string>();
                try
                {
                    int count = reader.Read7BitEncodedInt();
                    if (count < 0) throw new InvalidDataException($"a module file with {count} entries");
                    if (strict && count != expected.Count && count != expected.Keys.Count(key => !skipped.Contains(key)))
                        throw new ArgumentException($"Mismatched state_dict sizes: expected {expected.Count}, but found {count} entries.");
                    for (int i = 0; i < count; i++)
                    {
                        string key = ReadName(reader, i);
                        if (!found.Add(key)) throw new InvalidDataException($"entry {i} of the module file repeats the name '{key}'");
                        if (expected.TryGetValue(key, out var tensor)) tensor.Load(reader, skip: skipped.Contains(key));
                        else if (strict && !skipped.Contains(key)) throw new ArgumentException($"Mismatched module state names: the target modules does not have a submodule or buffer named '{key}'");
                        else TensorExtensionMethods.Load(reader, skip: true);
                        if (loadedParameters is not null) loadedParameters[key] = tensor is not null && !skipped.Contains(key);
                    }
                }
                catch (Exception e) when (e is EndOfStreamException or FormatException)
                {
                    throw new InvalidDataException($"the module file ends or breaks off after {found.Count} of its names", e);
                }
                if (strict && expected.Keys.FirstOrDefault(key => !found.Contains(key) && !skipped.Contains(key)) is { } missing)
                    throw new ArgumentException($"Mismatched module state names: the file has no '{missing}'");
                foreach (var key in expected.Keys) loadedParameters?.TryAdd(key, false);
                return this;
            }

            /// <summary>A length and UTF-8, as BinaryWriter writes strings; the length is checked before anything is allocated.</summary>
            static string ReadName(BinaryReader reader, int entry)
            {
                const int Longest = 4096;
                int length = reader.Read7BitEncodedInt();
                if (length is <= 0 or > Longest) throw new InvalidDataException($"the name of entry {entry} of the module file has {length} bytes, expected 1 to {Longest}");
                var bytes = reader.ReadBytes(length);
                if (bytes.Length < length) throw new EndOfStreamException();
                return System.Text.Encoding.UTF8.GetString(bytes);
            }

            public static Module Create<T>(string path) where T : Module, new() => new T().load(path);
        }
    }
}
