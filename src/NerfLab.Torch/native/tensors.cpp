// What the dispatcher does not cover: a tensor's life time and memory, generators, devices, threads, files.
#include "shim.h"

#include <malloc.h>

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <c10/core/GradMode.h>
#include <torch/serialize.h>
#include <torch/version.h>

#ifdef _OPENMP
#include <omp.h>
#endif

using namespace shim;

namespace {

// A training step frees all its temporaries at once. glibc would hand that memory back to the kernel and fault it in
// again in the next step; it is kept instead.
__attribute__((constructor)) void keep_memory() {
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    mallopt(M_TOP_PAD, 16 << 20);
}

at::Generator& generator(void* handle) { return *static_cast<at::Generator*>(handle); }

}  // namespace

// --- life time -------------------------------------------------------------------------------------------------------

EXPORT void nl_tensor_delete(void* handle) {
    guarded([&] { delete static_cast<at::Tensor*>(handle); });
}

EXPORT void nl_tensors_delete(void* const* handles, int count) {
    guarded([&] { for (int i = 0; i < count; i++) delete static_cast<at::Tensor*>(handles[i]); });
}

// Another handle to the same tensor.
EXPORT void* nl_tensor_alias(void* handle) { return own(at_(handle)); }

// --- what a tensor is ------------------------------------------------------------------------------------------------

struct Info {
    int64_t numel, offset;
    int32_t dtype, device, device_index, dimensions, element_size, flags;
};

EXPORT int nl_tensor_info(void* handle, Info* info) {
    return guarded([&] {
        const auto& t = at_(handle);
        bool strided = t.layout() == at::kStrided;
        *info = {t.numel(), t.has_storage() ? t.storage_offset() : 0, static_cast<int32_t>(t.scalar_type()),
                 static_cast<int32_t>(t.device().type()), t.device().index(), static_cast<int32_t>(t.dim()),
                 static_cast<int32_t>(t.element_size()),
                 (t.requires_grad() ? 1 : 0) | (t.is_leaf() ? 2 : 0) | (strided && t.is_contiguous() ? 4 : 0) |
                     (t.layout() == at::kSparse ? 8 : 0) | (t.is_conj() ? 16 : 0) | (t.is_neg() ? 32 : 0)};
    });
}

EXPORT void nl_tensor_sizes(void* handle, int64_t* sizes) {
    auto shape = at_(handle).sizes();
    std::copy(shape.begin(), shape.end(), sizes);
}

EXPORT int nl_tensor_strides(void* handle, int64_t* strides) {
    return guarded([&] {
        auto values = at_(handle).strides();
        std::copy(values.begin(), values.end(), strides);
    });
}

// The address of the first element. Conjugated and negated views have none of their own.
EXPORT void* nl_tensor_data(void* handle) {
    void* data = nullptr;
    guarded([&] { data = at_(handle).data_ptr(); });
    return data;
}

// The value of the only element, in the tensor's own dtype: as integer and as floating-point number.
EXPORT int nl_tensor_item(void* handle, int64_t* integer, double* real, double* imaginary) {
    return guarded([&] {
        auto value = at_(handle).item();
        if (value.isComplex()) {
            auto c = value.toComplexDouble();
            *real = c.real(), *imaginary = c.imag(), *integer = 0;
        } else if (value.isFloatingPoint()) {
            *real = value.toDouble(), *integer = 0;
        } else {
            *integer = value.isBoolean() ? value.toBool() : value.toLong();
            *real = static_cast<double>(*integer);
        }
    });
}

// --- making ----------------------------------------------------------------------------------------------------------

// A tensor over memory of the caller's; `release(context)` is called when the last view of it is gone.
EXPORT void* nl_tensor_from_blob(void* data, const int64_t* sizes, int count, int dtype, void (*release)(void*), void* context) {
    void* made = nullptr;
    guarded([&] {
        auto options = at::TensorOptions().dtype(static_cast<at::ScalarType>(dtype));
        made = own(at::from_blob(data, at::IntArrayRef(sizes, count), [release, context](void*) { release(context); }, options));
    });
    return made;
}

// --- gradients of one tensor -------------------------------------------------------------------------------------------

EXPORT void* nl_tensor_grad(void* handle) {
    void* result = nullptr;
    guarded([&] {
        const auto& grad = at_(handle).grad();
        if (grad.defined()) result = own(grad);
    });
    return result;
}

EXPORT int nl_tensor_set_grad(void* handle, void* grad) {
    return guarded([&] { at_(handle).mutable_grad() = grad ? at_(grad) : at::Tensor(); });
}

EXPORT int nl_tensor_set_requires_grad(void* handle, int on) {
    return guarded([&] { at_(handle).set_requires_grad(on != 0); });
}

EXPORT int nl_tensor_retain_grad(void* handle) {
    return guarded([&] { at_(handle).retain_grad(); });
}

// Makes `handle` use the memory of `source`, keeping its identity for autograd (as assigning to .data in Python).
EXPORT int nl_tensor_set_data(void* handle, void* source) {
    return guarded([&] { at_(handle).set_data(at_(source)); });
}

EXPORT int nl_grad_enabled() { return c10::GradMode::is_enabled(); }
EXPORT void nl_set_grad_enabled(int on) { c10::GradMode::set_enabled(on != 0); }

EXPORT void* nl_inference_mode(int on) { return new c10::InferenceMode(on != 0); }
EXPORT void nl_inference_mode_end(void* guard) { delete static_cast<c10::InferenceMode*>(guard); }
EXPORT int nl_inference_mode_enabled() { return c10::InferenceMode::is_enabled(); }

// --- random numbers ----------------------------------------------------------------------------------------------------

EXPORT void* nl_generator(uint64_t seed, int device, int index) {
    void* made = nullptr;
    guarded([&] {
        if (device == 0) {
            made = new at::Generator(at::detail::createCPUGenerator(seed));
        } else {
            auto copy = at::globalContext().defaultGenerator(c10::Device(static_cast<c10::DeviceType>(device), static_cast<c10::DeviceIndex>(index))).clone();
            copy.set_current_seed(seed);
            made = new at::Generator(std::move(copy));
        }
    });
    return made;
}

EXPORT void* nl_generator_default(int device, int index) {
    void* made = nullptr;
    guarded([&] { made = new at::Generator(at::globalContext().defaultGenerator(c10::Device(static_cast<c10::DeviceType>(device), static_cast<c10::DeviceIndex>(index)))); });
    return made;
}

EXPORT void nl_generator_delete(void* handle) { delete static_cast<at::Generator*>(handle); }

EXPORT int nl_generator_seed(void* handle, uint64_t seed) {
    return guarded([&] {
        std::lock_guard<std::mutex> lock(generator(handle).mutex());
        generator(handle).set_current_seed(seed);
    });
}

EXPORT int64_t nl_generator_initial_seed(void* handle) { return static_cast<int64_t>(generator(handle).current_seed()); }

EXPORT void* nl_generator_state(void* handle) {
    void* state = nullptr;
    guarded([&] {
        std::lock_guard<std::mutex> lock(generator(handle).mutex());
        state = own(generator(handle).get_state());
    });
    return state;
}

EXPORT int nl_generator_set_state(void* handle, void* state) {
    return guarded([&] {
        std::lock_guard<std::mutex> lock(generator(handle).mutex());
        generator(handle).set_state(at_(state));
    });
}

// Seeds the default generator of every device.
EXPORT int nl_manual_seed(uint64_t seed) {
    return guarded([&] { at::manual_seed(seed); });
}

// --- devices, threads, version -----------------------------------------------------------------------------------------

EXPORT int nl_cuda_count() {
    int count = 0;
    if (guarded([&] { if (at::hasCUDA()) count = static_cast<int>(at::getNumGPUs()); }) == Failed) return 0;
    return count;
}

EXPORT int nl_cudnn_available() { return at::globalContext().hasCuDNN(); }

EXPORT int nl_threads() { return at::get_num_threads(); }
EXPORT int nl_set_threads(int count) { return guarded([&] { at::set_num_threads(count); }); }
EXPORT int nl_interop_threads() { return at::get_num_interop_threads(); }
EXPORT int nl_set_interop_threads(int count) { return guarded([&] { at::set_num_interop_threads(count); }); }

// Switches of CUDA's kernels: TF32 in cuBLAS and in cuDNN, reduced precision of half sums, the attention kernels.
enum Switch : int { Tf32Matmul, Tf32Cudnn, HalfReduction, FlashAttention, MathAttention };

// A truth value, or, in newer versions, an enumeration whose first value allows it.
template <class T>
int allowed(T option) {
    if constexpr (std::is_same_v<T, bool>) return option;
    else return static_cast<int>(option) == 0;
}

EXPORT int nl_switch(int what) {
    const auto& context = at::globalContext();
    switch (what) {
        case Tf32Matmul: return context.allowTF32CuBLAS();
        case Tf32Cudnn: return context.allowTF32CuDNN();
        case HalfReduction: return allowed(context.allowFP16ReductionCuBLAS());
        case FlashAttention: return context.userEnabledFlashSDP();
        default: return context.userEnabledMathSDP();
    }
}

EXPORT int nl_set_switch(int what, int on) {
    return guarded([&] {
        auto& context = at::globalContext();
        switch (what) {
            case Tf32Matmul: context.setAllowTF32CuBLAS(on != 0); break;
            case Tf32Cudnn: context.setAllowTF32CuDNN(on != 0); break;
            case HalfReduction: context.setAllowFP16ReductionCuBLAS(on != 0); break;
            case FlashAttention: context.setSDPUseFlash(on != 0); break;
            default: context.setSDPUseMath(on != 0);
        }
    });
}

EXPORT const char* nl_version() { return TORCH_VERSION; }

// --- files in libtorch's own format (one tensor each) ------------------------------------------------------------------

EXPORT int nl_tensor_save(void* handle, const char* path) {
    return guarded([&] { torch::save(at_(handle), std::string(path)); });
}

EXPORT void* nl_tensor_load(const char* path) {
    void* loaded = nullptr;
    guarded([&] {
        at::Tensor tensor;
        torch::load(tensor, std::string(path));
        loaded = own(std::move(tensor));
    });
    return loaded;
}
