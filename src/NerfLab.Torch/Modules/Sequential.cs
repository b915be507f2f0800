using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchSharp.Modules
{
    /// <summary>A module without parameters or buffers: moving and converting it does nothing.</summary>
    public abstract class ParameterLessModule<T1, TResult> : nn.Module<T1, TResult>
    {
        protected ParameterLessModule(string name) : base(name) { }

        protected internal override nn.Module _to(Device device, ScalarType dtype, bool non_blocking) => this;

        protected internal override nn.Module _to(DeviceType deviceType, int deviceIndex, bool non_blocking) => this;

        protected internal override nn.Module _to(ScalarType dtype, bool non_blocking) => this;

        InvalidOperationException Refuse(string what) => new($"{GetName()} is a parameter-less module: it cannot hold {what}");

        public override void register_buffer(string name, Tensor tensor, bool persistent = true) => throw Refuse($"the buffer {name}");

        public override void register_parameter(string name, Parameter param) => throw Refuse($"the parameter {name}");

        public override void register_module(string name, nn.Module submodule) => throw Refuse($"the module {name}");
    }

    /// <summary>Modules that are called one after the other, each on the result of the one before.</summary>
    public class Sequential : nn.Module<Tensor, Tensor>
    {
        readonly List<nn.IModule<Tensor, Tensor>> _modules = [];
        readonly List<string> _names = [];

        protected internal Sequential(params (string name, nn.Module<Tensor, Tensor> submodule)[] modules) : base(nameof(Sequential))
        {
            foreach (var (name, module) in modules) append(name, module);
        }

        protected internal Sequential(params nn.Module<Tensor, Tensor>[] modules) : base(nameof(Sequential))
        {
            foreach (var module in modules) append(module);
        }

        public int Count => _modules.Count;

        public nn.IModule<Tensor, Tensor> this[int index] => _modules[index];

        public Sequential this[(int? start, int? end) index] => Part(index.start ?? 0, index.end ?? Count);

        public Sequential this[Range index] => Part(index.Start.GetOffset(Count), index.End.GetOffset(Count));

        Sequential Part(int start, int end)
        {
            var part = new Sequential(Array.Empty<nn.Module<Tensor, Tensor>>());
            for (int i = Math.Max(0, start); i < Math.Min(end, Count); i++) part.append(_names[i], _modules[i]);
            return part;
        }

        public Sequential append(string name, nn.IModule<Tensor, Tensor> module)
        {
            add_module(name, module as nn.Module ?? throw new ArgumentException($"{name} of a Sequential must be an nn.Module, not {module?.GetType().Name ?? "null"}"));
            _modules.Add(module);
            _names.Add(name);
            return this;
        }

        public Sequential append(nn.IModule<Tensor, Tensor> module) => append(_modules.Count.ToString(), module);

        protected override void RegisterComponents() { }

        /// <summary>Results between two modules are disposed as soon as the next module has used them.</summary>
        public override Tensor forward(Tensor tensor)
        {
            if (_modules.Count == 0) return tensor.alias();
            var current = tensor;
            foreach (var module in _modules)
            {
                var next = module.call(current);
                if (!ReferenceEquals(current, tensor) && !ReferenceEquals(current, next)) current.Dispose();
                current = next;
            }
            return current;
        }
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static Sequential Sequential() => new(Array.Empty<Module<Tensor, Tensor>>());

            public static Sequential Sequential(params (string name, Module<Tensor, Tensor> submodule)[] modules) => new(modules);

            public static Sequential Sequential(params Module<Tensor, Tensor>[] modules) => new(modules);

            public static Sequential Sequential(params Tuple<string, Module<Tensor, Tensor>>[] modules) => new(Array.ConvertAll(modules, m => (m.Item1, m.Item2)));

            public static Sequential Sequential(IEnumerable<(string name, Module<Tensor, Tensor> submodule)> modules) => new(modules.ToArray());

            public static Sequential Sequential(IEnumerable<Tuple<string, Module<Tensor, Tensor>>> modules) => Sequential(modules.ToArray());

            public static Sequential Sequential(IEnumerable<Module<Tensor, Tensor>> modules) => new(modules.ToArray());
        }
    }
}
