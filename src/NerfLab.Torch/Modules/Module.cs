using System.Reflection;
using TorchSharp.Modules;
using TorchSharp.Utils;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>Something with parameters, buffers and modules inside, all found by name.</summary>
        public partial class Module : IDisposable
        {
            protected OrderedDict<string, Module> _internal_submodules = new();
            protected OrderedDict<string, (Tensor, bool)> _internal_buffers = new();
            protected OrderedDict<string, Parameter> _internal_params = new();
            protected string? name;
            bool _registered;

            protected Module(string name) => this.name = name;

            public virtual string GetName() => name ?? GetType().Name;

            public virtual bool training { get; private set; } = true;

            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected virtual void Dispose(bool disposing)
            {
                if (!disposing) return;
                foreach (var parameter in _internal_params.Values) parameter.Dispose();
                foreach (var (buffer, _) in _internal_buffers.Values) buffer.Dispose();
                foreach (var module in _internal_submodules.Values) module.Dispose();
            }

            // --- registration ------------------------------------------------------------------------------------

            /// <summary>Registers what the fields hold: modules, parameters and, as buffers, other tensors. Auto-properties are fields too.</summary>
            protected virtual void RegisterComponents()
            {
                if (_registered) return;
                _registered = true;
                foreach (var field in GetType().GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
                {
                    string key = field.GetCustomAttribute<ComponentNameAttribute>()?.Name ?? field.Name;
                    switch (field.GetValue(this))
                    {
                        case Module module when !_internal_submodules.ContainsKey(key): register_module(key, module); break;
                        case Parameter parameter: ConditionallyRegisterParameter(key, parameter); break;
                        case Tensor tensor: ConditionallyRegisterBuffer(key, tensor); break;
                    }
                }
            }

            static void CheckName(string kind, string name)
            {
                if (string.IsNullOrEmpty(name)) throw new ArgumentException($"{kind} name can't be empty string \"\"");
                if (name.Contains('.')) throw new ArgumentException($"{kind} name can't contain \".\", got '{name}'");
            }

            public virtual void register_buffer(string name, Tensor tensor, bool persistent = true)
            {
                CheckName("buffer", name);
                if (tensor is null) throw new ArgumentNullException(nameof(tensor), $"buffer {name} is null");
                if (!_internal_buffers.ContainsKey(name) && (_internal_params.ContainsKey(name) || _internal_submodules.ContainsKey(name)))
                    throw new InvalidOperationException($"Tensor {name} is already registered.");
                tensor.DetachFromDisposeScope();
                _internal_buffers.Add(name, (tensor, persistent));
            }

            public virtual void register_parameter(string name, Parameter param)
            {
                CheckName("parameter", name);
                if (_internal_params.ContainsKey(name)) throw new InvalidOperationException($"Parameter {name} is already registered.");
                ConditionallyRegisterParameter(name, param);
            }

            public void add_module(string name, Module module) => register_module(name, module);

            public virtual void register_module(string name, Module submodule)
            {
                CheckName("module", name);
                if (submodule is null)
                {
                    _internal_submodules.Remove(name);
                    return;
                }
                if (_internal_submodules.ContainsKey(name)) throw new InvalidOperationException($"Sub-module {name} is already registered.");
                submodule.RegisterComponents();
                _internal_submodules.Add(name, submodule);
            }

            protected void ConditionallyRegisterParameter(string name, Tensor value) => ConditionallyRegisterParameter(name, value as Parameter);

            /// <summary>Registers, replaces or (for null) forgets a parameter.</summary>
            protected void ConditionallyRegisterParameter(string name, Parameter? value)
            {
                if (value is null) _internal_params.Remove(name);
                else
                {
                    value.DetachFromDisposeScope();
                    _internal_params[name] = value;
                }
            }

            /// <summary>Registers, replaces or (for null) forgets a buffer.</summary>
            protected void ConditionallyRegisterBuffer(string name, Tensor? value, bool persistent = true)
            {
                if (value is null) _internal_buffers.Remove(name);
                else
                {
                    value.DetachFromDisposeScope();
                    // One that is registered already keeps its kind: a field does not say whether it is to be saved.
                    _internal_buffers[name] = (value, _internal_buffers.TryGetValue(name, out var old) ? old.Item2 : persistent);
                }
            }

            protected void ClearModules() => _internal_submodules.Clear();

            // --- what is inside ----------------------------------------------------------------------------------

            public virtual IEnumerable<(string name, Module module)> named_children()
            {
                foreach (var (name, module) in _internal_submodules) yield return (name, module);
            }

            public virtual IEnumerable<(string name, Module module)> named_modules()
            {
                foreach (var (name, module) in _internal_submodules)
                {
                    yield return (name, module);
                    foreach (var (inner, item) in module.named_modules()) yield return ($"{name}.{inner}", item);
                }
            }

            public virtual IEnumerable<Module> modules() => named_modules().Select(m => m.module);

            public virtual IEnumerable<Module> children() => named_children().Select(m => m.module);

            /// <summary>Own parameters first, then those of the modules inside; one that is used twice is named once.</summary>
            public virtual IEnumerable<(string name, Parameter parameter)> named_parameters(bool recurse = true)
            {
                var seen = new HashSet<Tensor>(ReferenceEqualityComparer.Instance);
                foreach (var (name, parameter) in _internal_params)
                    if (seen.Add(parameter)) yield return (name, parameter);
                if (!recurse) yield break;
                foreach (var (name, module) in _internal_submodules)
                    foreach (var (inner, parameter) in module.named_parameters(true))
                        if (seen.Add(parameter)) yield return ($"{name}.{inner}", parameter);
            }

            public virtual IEnumerable<Parameter> parameters(bool recurse = true) => named_parameters(recurse).Select(p => p.parameter);

            public virtual IEnumerable<(string name, Tensor buffer)> named_buffers(bool recurse = true, bool include_nonpersistent = true)
            {
                var seen = new HashSet<Tensor>(ReferenceEqualityComparer.Instance);
                foreach (var (name, (buffer, persistent)) in _internal_buffers)
                    if ((persistent || include_nonpersistent) && seen.Add(buffer)) yield return (name, buffer);
                if (!recurse) yield break;
                foreach (var (name, module) in _internal_submodules)
                    foreach (var (inner, buffer) in module.named_buffers(true, include_nonpersistent))
                        if (seen.Add(buffer)) yield return ($"{name}.{inner}", buffer);
            }

            public virtual IEnumerable<Tensor> buffers(bool recurse = true, bool include_nonpersistent = true) => named_buffers(recurse, include_nonpersistent).Select(b => b.buffer);

            /// <summary>The module that the front of a dotted name leads to, and the last part of the name.</summary>
            (Module? Owner, string Last) Locate(string target)
            {
                int dot = target.IndexOf('.');
                if (dot < 0) return (this, target);
                return _internal_submodules.TryGetValue(target[..dot], out var inner) ? inner.Locate(target[(dot + 1)..]) : (null, target);
            }

            public virtual bool has_buffer(string target) => get_buffer(target) is not null;

            public virtual bool has_parameter(string target) => get_parameter(target) is not null;

            public virtual Tensor? get_buffer(string target) =>
                Locate(target) is ({ } owner, var last) && owner._internal_buffers.TryGetValue(last, out var found) ? found.Item1 : null;

            public virtual Parameter? get_parameter(string target) =>
                Locate(target) is ({ } owner, var last) && owner._internal_params.TryGetValue(last, out var found) ? found : null;

            // --- state -------------------------------------------------------------------------------------------

            public virtual void train(bool train = true)
            {
                training = train;
                foreach (var module in _internal_submodules.Values) module.train(train);
            }

            public virtual void eval() => train(false);

            public virtual Module apply(Action<Module> fn)
            {
                foreach (var module in _internal_submodules.Values) module.apply(fn);
                fn(this);
                return this;
            }

            public virtual void zero_grad(bool set_to_none = true)
            {
                foreach (var parameter in parameters())
                {
                    using var gradient = parameter.grad;
                    if (gradient is null) continue;
                    if (set_to_none) parameter.grad = null;
                    else gradient.detach_().zero_();
                }
            }

            public virtual Dictionary<string, Tensor> state_dict(Dictionary<string, Tensor>? destination = null, string? prefix = null)
            {
                destination ??= [];
                string Key(string name) => string.IsNullOrEmpty(prefix) ? name : $"{prefix}.{name}";
                foreach (var (name, parameter) in named_parameters()) destination.TryAdd(Key(name), parameter);
                foreach (var (name, buffer) in named_buffers(include_nonpersistent: false)) destination.TryAdd(Key(name), buffer);
                return destination;
            }

            /// <summary>Copies the values of <paramref name="source"/> into this module's tensors; names in <paramref name="skip"/> are left alone.</summary>
            /// <exception cref="InvalidOperationException">The names differ and <paramref name="strict"/> is set, or two shapes differ; nothing was copied.</exception>
            public virtual (IList<string> missing_keys, IList<string> unexpected_keyes) load_state_dict(Dictionary<string, Tensor> source, bool strict = true, IList<string>? skip = null)
            {
                var destination = state_dict();
                var skipped = new HashSet<string>(skip ?? []);
                var missing = destination.Keys.Where(key => !source.ContainsKey(key) && !skipped.Contains(key)).ToList();
                var unexpected = source.Keys.Where(key => !destination.ContainsKey(key) && !skipped.Contains(key)).ToList();
                if (strict && missing.Count + unexpected.Count > 0)
                    throw new InvalidOperationException($"The loaded state_dict is not identical to the target dictionary: {missing.Count} names are missing{First(missing)}, {unexpected.Count} are unknown{First(unexpected)}.");
                var pairs = destination.Where(d => source.ContainsKey(d.Key) && !skipped.Contains(d.Key)).Select(d => (Name: d.Key, To: d.Value, From: source[d.Key])).ToList();
                foreach (var (key, to, from) in pairs)
                    if (!to.shape.SequenceEqual(from.shape))
                        throw new InvalidOperationException($"The shape of {key} is [{string.Join(", ", from.shape)}] in the state_dict and [{string.Join(", ", to.shape)}] in the module.");
                using (no_grad())
                    foreach (var (_, to, from) in pairs) Op.InPlace("copy_", to, from);
                return (missing, unexpected);

                static string First(List<string> names) => names.Count > 0 ? $" (such as {names[0]})" : "";
            }

            // --- device and dtype --------------------------------------------------------------------------------

            protected internal virtual Module _to(Device device, ScalarType dtype, bool non_blocking)
            {
                _toEpilog(device, dtype, non_blocking);
                return this;
            }

            protected internal virtual Module _to(DeviceType deviceType, int deviceIndex, bool non_blocking)
            {
                _toEpilog(deviceType, deviceIndex, non_blocking);
                return this;
            }

            protected internal virtual Module _to(ScalarType dtype, bool non_blocking)
            {
                _toEpilog(dtype, non_blocking);
                return this;
            }

            public Module _to(Tensor other, bool non_blocking) => _to(other.device, other.dtype, non_blocking);

            protected void _toEpilog(ScalarType dtype, bool non_blocking) => _toEpilog(dtype, null, non_blocking);

            protected void _toEpilog(Device device, ScalarType dtype, bool non_blocking) => _toEpilog((ScalarType?)dtype, device, non_blocking);

            protected void _toEpilog(DeviceType deviceType, int deviceIndex, bool non_blocking) => _toEpilog(null, new Device(deviceType, deviceIndex), non_blocking);

            /// <summary>
            /// Replaces the memory behind every tensor; the objects stay, so fields, optimisers and others who hold them stay right.
            /// Integers keep their dtype.
            /// </summary>
            protected virtual void _toEpilog(ScalarType? dtype, Device? device, bool non_blocking)
            {
                if (dtype is { } type && !is_floating_point(type) && !is_complex(type)) throw new ArgumentException($"a module can be converted to floating-point and complex types only, not to {type}");
                using (var scope = NewDisposeScope())
                using (no_grad())
                {
                    foreach (var tensor in _internal_params.Values.Concat<Tensor>(_internal_buffers.Values.Select(b => b.Item1)))
                    {
                        var gradient = tensor.grad;
                        // The gradient must fit its tensor at every moment, so it is away while the tensor changes.
                        if (gradient is not null) tensor.grad = null;
                        tensor.SetData(Moved(tensor));
                        if (gradient is not null) tensor.grad = Moved(gradient);
                    }
                }
                foreach (var module in _internal_submodules.Values)
                {
                    if (device is null) module._to(dtype!.Value, non_blocking);
                    else if (dtype is null) module._to(device.type, device.index, non_blocking);
                    else module._to(device, dtype.Value, non_blocking);
                }

                Tensor Moved(Tensor t)
                {
                    var target = t.is_floating_point() || t.is_complex() ? dtype ?? t.dtype : t.dtype;
                    return Op.Call("to.device", t.detach(), device ?? t.device, target, non_blocking, false);
                }
            }

            protected static (Device device, ScalarType dtype) GetDefaultDeviceAndType(Device? device = null, ScalarType? dtype = null) =>
                (device ?? get_default_device(), dtype ?? get_default_dtype());
        }
    }
}
