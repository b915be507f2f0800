// What the C# side and libtorch say to each other. Every exported function is declared where it is defined; this header
// holds only what more than one of the files needs.
#pragma once

#include <cstdint>
#include <string>

#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>

#define EXPORT extern "C" __attribute__((visibility("default")))

namespace shim {

// One argument or result of an operator. Mirrors TorchSharp.Native.Value; 24 bytes, no padding.
struct Value {
    int32_t kind;
    int32_t count;  // elements of a list; index of a device
    int64_t bits;   // the number itself, or a pointer
    int64_t bytes;  // of a returned tensor: memory that nobody else holds
};

enum Kind : int32_t {
    None = 0, Tensor = 1, Int = 2, Double = 3, Bool = 4, IntList = 5, DoubleList = 6, TensorList = 7,
    OptionalTensorList = 8, String = 9, Device = 10, Generator = 11, BoolList = 12, Complex = 13, Number = 14
};

// An exception of a C# callback on its way through libtorch; the C# side keeps the exception itself under this number.
struct ManagedError : std::runtime_error {
    explicit ManagedError(int64_t id) : std::runtime_error("exception in C# code"), id(id) {}
    int64_t id;
};

constexpr int Failed = -1;

// The message of this thread's last failure, and the number of the C# exception behind it (0: none).
void remember(const std::string& message, int64_t managed = 0);

inline at::Tensor& at_(void* handle) { return *static_cast<at::Tensor*>(handle); }
inline void* own(at::Tensor tensor) { return new at::Tensor(std::move(tensor)); }

// Runs `body`; what it throws becomes the remembered error and the returned `Failed`.
template <class Body>
int guarded(Body&& body) noexcept {
    try {
        body();
        return 0;
    } catch (const ManagedError& e) {
        remember(e.what(), e.id);
    } catch (const c10::Error& e) {
        remember(e.what_without_backtrace());
    } catch (const std::exception& e) {
        remember(e.what());
    } catch (...) {
        remember("libtorch failed without a message");
    }
    return Failed;
}

}  // namespace shim
