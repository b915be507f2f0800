using System.Collections;
using System.Diagnostics.CodeAnalysis;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TorchSharp.Modules
{
    /// <summary>Modules by number. They are registered, as "0", "1", ..., when the module that holds the list registers its own.</summary>
    public class ModuleList<T> : nn.Module, IList<T> where T : nn.Module
    {
        readonly List<T> _list = [];
        bool _registers;

        public ModuleList(params T[] modules) : base(nameof(ModuleList<T>)) => _list.AddRange(modules);

        protected override void RegisterComponents()
        {
            _registers = true;
            ClearModules();
            for (int i = 0; i < _list.Count; i++) register_module(i.ToString(), _list[i]);
        }

        void Changed()
        {
            if (_registers) RegisterComponents();
        }

        public int Count => _list.Count;

        public bool IsReadOnly => false;

        public T this[int index]
        {
            get => _list[index];
            set
            {
                _list[index] = value;
                Changed();
            }
        }

        public void Add(T item) => Insert(_list.Count, item);

        public void append(params T[] parameters) => extend(parameters);

        public void extend(IEnumerable<T> modules)
        {
            _list.AddRange(modules);
            Changed();
        }

        public void Insert(int index, T item)
        {
            _list.Insert(index, item);
            Changed();
        }

        public void RemoveAt(int index)
        {
            _list.RemoveAt(index);
            Changed();
        }

        public bool Remove(T item)
        {
            int index = _list.IndexOf(item);
            if (index >= 0) RemoveAt(index);
            return index >= 0;
        }

        public void Clear()
        {
            _list.Clear();
            Changed();
        }

        public bool Contains(T item) => _list.Contains(item);

        public int IndexOf(T item) => _list.IndexOf(item);

        public void CopyTo(T[] array, int arrayIndex) => _list.CopyTo(array, arrayIndex);

        public IEnumerator<T> GetEnumerator() => _list.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    /// <summary>Parameters by number.</summary>
    public class ParameterList : nn.Module, IList<Parameter>
    {
        readonly List<Parameter> _list = [];
        bool _registers;

        public ParameterList(params Parameter[] parameters) : base(nameof(ParameterList)) => extend(parameters);

        protected override void RegisterComponents()
        {
            _registers = true;
            _internal_params.Clear();
            for (int i = 0; i < _list.Count; i++) ConditionallyRegisterParameter(i.ToString(), _list[i]);
        }

        void Changed()
        {
            foreach (var parameter in _list) parameter.DetachFromDisposeScope();
            if (_registers) RegisterComponents();
        }

        public int Count => _list.Count;

        public bool IsReadOnly => false;

        public Parameter this[int index]
        {
            get => _list[index];
            set
            {
                _list[index] = value;
                Changed();
            }
        }

        public void Add(Parameter item) => Insert(_list.Count, item);

        public void append(params Parameter[] parameters) => extend(parameters);

        public void extend(IEnumerable<Parameter> parameters)
        {
            _list.AddRange(parameters);
            Changed();
        }

        public void Insert(int index, Parameter item)
        {
            _list.Insert(index, item);
            Changed();
        }

        public void RemoveAt(int index)
        {
            _list.RemoveAt(index);
            Changed();
        }

        public bool Remove(Parameter item)
        {
            int index = IndexOf(item);
            if (index >= 0) RemoveAt(index);
            return index >= 0;
        }

        public void Clear()
        {
            _list.Clear();
            Changed();
        }

        public bool Contains(Parameter item) => IndexOf(item) >= 0;

        public int IndexOf(Parameter item) => _list.FindIndex(p => ReferenceEquals(p, item));

        public void CopyTo(Parameter[] array, int arrayIndex) => _list.CopyTo(array, arrayIndex);

        public IEnumerator<Parameter> GetEnumerator() => _list.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    /// <summary>Modules by name. They are registered when the module that holds the dictionary registers its own.</summary>
    public class ModuleDict<T> : nn.Module, IDictionary<string, T>, IList<(string, T)> where T : nn.Module
    {
        readonly OrderedDict<string, T> _items = new();
        bool _registers;

        public ModuleDict() : base(nameof(ModuleDict<T>)) { }

        protected override void RegisterComponents()
        {
            _registers = true;
            ClearModules();
            foreach (var (key, module) in _items) register_module(key, module);
        }

        void Changed()
        {
            if (_registers) RegisterComponents();
        }

        bool Changed(bool result)
        {
            if (result) Changed();
            return result;
        }

        public int Count => _items.Count;

        public bool IsReadOnly => false;

        public ICollection<string> Keys => _items.Keys;

        public ICollection<T> Values => _items.Values;

        public T this[string key]
        {
            get => _items[key];
            set
            {
                _items[key] = value;
                Changed();
            }
        }

        public (string, T) this[int index]
        {
            get => _items[index];
            set
            {
                _items[index] = value;
                Changed();
            }
        }

        public void clear() => Clear();

        public void Clear()
        {
            _items.Clear();
            Changed();
        }

        public IEnumerable<string> keys() => _items.keys();

        public IEnumerable<T> values() => _items.values();

        public IEnumerator<(string, T)> items() => GetEnumerator();

        public IEnumerator<(string, T)> GetEnumerator() => _items.GetEnumerator();

        IEnumerator<KeyValuePair<string, T>> IEnumerable<KeyValuePair<string, T>>.GetEnumerator() => ((IEnumerable<KeyValuePair<string, T>>)_items).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public void Add(string key, T value) => Insert(_items.Count, (key, value));

        public void Add((string, T) item) => Insert(_items.Count, item);

        public void Add(KeyValuePair<string, T> item) => Insert(_items.Count, (item.Key, item.Value));

        public void Insert(int index, (string, T) item)
        {
            _items.Insert(index, item);
            Changed();
        }

        public void RemoveAt(int index)
        {
            _items.RemoveAt(index);
            Changed();
        }

        public bool Remove(string key) => Changed(_items.Remove(key));

        public bool Remove((string, T) item) => Changed(_items.Remove(item));

        public bool Remove(KeyValuePair<string, T> item) => Changed(_items.Remove(item));

        public bool ContainsKey(string key) => _items.ContainsKey(key);

        public bool Contains((string, T) item) => _items.Contains(item);

        public bool Contains(KeyValuePair<string, T> item) => _items.Contains(item);

        public int IndexOf((string, T) item) => _items.IndexOf(item);

        public bool TryGetValue(string key, [MaybeNullWhen(false)] out T value) => _items.TryGetValue(key, out value);

        public void CopyTo((string, T)[] array, int arrayIndex) => _items.CopyTo(array, arrayIndex);

        public void CopyTo(KeyValuePair<string, T>[] array, int arrayIndex) => _items.CopyTo(array, arrayIndex);
    }

    /// <summary>Parameters by name.</summary>
    public class ParameterDict : nn.Module, IDictionary<string, Parameter>, IList<(string, Parameter)>
    {
        readonly OrderedDict<string, Parameter> _items = new();
        bool _registers;

        public ParameterDict() : base(nameof(ParameterDict)) { }

        protected override void RegisterComponents()
        {
            _registers = true;
            _internal_params.Clear();
            foreach (var (key, parameter) in _items) ConditionallyRegisterParameter(key, parameter);
        }

        void Changed()
        {
            foreach (var (_, parameter) in _items) parameter.DetachFromDisposeScope();
            if (_registers) RegisterComponents();
        }

        bool Changed(bool result)
        {
            if (result) Changed();
            return result;
        }

        public int Count => _items.Count;

        public bool IsReadOnly => false;

        public ICollection<string> Keys => _items.Keys;

        public ICollection<Parameter> Values => _items.Values;

        public Parameter this[string key]
        {
            get => _items[key];
            set
            {
                _items[key] = value;
                Changed();
            }
        }

        public (string, Parameter) this[int index]
        {
            get => _items[index];
            set
            {
                _items[index] = value;
                Changed();
            }
        }

        public void clear() => Clear();

        public void Clear()
        {
            _items.Clear();
            Changed();
        }

        public IEnumerable<string> keys() => _items.keys();

        public IEnumerable<Parameter> values() => _items.values();

        public IEnumerator<(string, Parameter)> items() => GetEnumerator();

        public IEnumerator<(string, Parameter)> GetEnumerator() => _items.GetEnumerator();

        IEnumerator<KeyValuePair<string, Parameter>> IEnumerable<KeyValuePair<string, Parameter>>.GetEnumerator() => ((IEnumerable<KeyValuePair<string, Parameter>>)_items).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public void Add(string key, Parameter value) => Insert(_items.Count, (key, value));

        public void Add((string, Parameter) item) => Insert(_items.Count, item);

        public void Add(KeyValuePair<string, Parameter> item) => Insert(_items.Count, (item.Key, item.Value));

        public void Insert(int index, (string, Parameter) item)
        {
            _items.Insert(index, item);
            Changed();
        }

        public void RemoveAt(int index)
        {
            _items.RemoveAt(index);
            Changed();
        }

        public bool Remove(string key) => Changed(_items.Remove(key));

        public bool Remove((string, Parameter) item) => Changed(_items.Remove(item));

        public bool Remove(KeyValuePair<string, Parameter> item) => Changed(_items.Remove(item));

        public bool ContainsKey(string key) => _items.ContainsKey(key);

        public bool Contains((string, Parameter) item) => _items.Contains(item);

        public bool Contains(KeyValuePair<string, Parameter> item) => _items.Contains(item);

        public int IndexOf((string, Parameter) item) => _items.IndexOf(item);

        public bool TryGetValue(string key, [MaybeNullWhen(false)] out Parameter value) => _items.TryGetValue(key, out value);

        public void CopyTo((string, Parameter)[] array, int arrayIndex) => _items.CopyTo(array, arrayIndex);

        public void CopyTo(KeyValuePair<string, Parameter>[] array, int arrayIndex) => _items.CopyTo(array, arrayIndex);
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static ModuleList<Module> ModuleList(params Module[] modules) => new(modules);

            public static ModuleList<T> ModuleList<T>(params T[] modules) where T : Module => new(modules);

            public static ModuleDict<Module> ModuleDict(params (string, Module)[] modules) => ModuleDict<Module>(modules);

            public static ModuleDict<T> ModuleDict<T>(params (string, T)[] modules) where T : Module
            {
                var dict = new ModuleDict<T>();
                foreach (var item in modules) dict.Add(item);
                return dict;
            }

            public static ParameterList ParameterList(params Parameter[] parameters) => new(parameters);

            public static ParameterDict ParameterDict(params (string, Parameter)[] parameters)
            {
                var dict = new ParameterDict();
                foreach (var item in parameters) dict.Add(item);
                return dict;
            }
        }
    }
}
