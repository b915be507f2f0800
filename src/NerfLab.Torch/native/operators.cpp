// One way to every operator: its arguments are boxed, libtorch's dispatcher is called, the results are unboxed.
// Autograd, devices and dtypes are the dispatcher's business.
#include "shim.h"

#include <ATen/ScalarOps.h>
#include <ATen/core/Generator.h>
#include <ATen/core/List.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>

#include <sstream>

using namespace shim;

namespace {

thread_local std::string message;
thread_local int64_t managed_error = 0;

// std::optional or its predecessor, whichever this libtorch has.
using OptionalTensor = std::decay_t<decltype(std::declval<c10::IValue>().toOptional<at::Tensor>())>;

c10::IValue box(const Value& v) {
    switch (v.kind) {
        case None: return {};
        case Tensor: return v.bits ? c10::IValue(at_(reinterpret_cast<void*>(v.bits))) : c10::IValue();
        case Int: return v.bits;
        case Bool: return v.bits != 0;
        case Double: {
            double d;
            static_assert(sizeof d == sizeof v.bits);
            memcpy(&d, &v.bits, sizeof d);
            return d;
        }
        case Complex: {
            auto parts = reinterpret_cast<const double*>(v.bits);
            return c10::complex<double>(parts[0], parts[1]);
        }
        case IntList: {
            auto data = reinterpret_cast<const int64_t*>(v.bits);
            return c10::IValue(c10::IntArrayRef(data, v.count));
        }
        case DoubleList: {
            auto data = reinterpret_cast<const double*>(v.bits);
            return c10::IValue(std::vector<double>(data, data + v.count));
        }
        case BoolList: {
            auto data = reinterpret_cast<const uint8_t*>(v.bits);
            c10::List<bool> list;
            for (int i = 0; i < v.count; i++) list.push_back(data[i] != 0);
            return list;
        }
        case TensorList: {
            auto data = reinterpret_cast<void* const*>(v.bits);
            c10::List<at::Tensor> list;
            list.reserve(v.count);
            for (int i = 0; i < v.count; i++) list.push_back(at_(data[i]));
            return list;
        }
        case OptionalTensorList: {
            auto data = reinterpret_cast<void* const*>(v.bits);
            c10::List<OptionalTensor> list;
            list.reserve(v.count);
            for (int i = 0; i < v.count; i++) list.push_back(data[i] ? OptionalTensor(at_(data[i])) : OptionalTensor());
            return list;
        }
        case String: return std::string(reinterpret_cast<const char*>(v.bits), v.count);
        case Device: return c10::Device(static_cast<c10::DeviceType>(v.bits), static_cast<c10::DeviceIndex>(v.count));
        case Generator: return *reinterpret_cast<at::Generator*>(v.bits);
    }
    TORCH_CHECK(false, "argument of unknown kind ", v.kind);
}

// A number as the second operand of `first`, which it does not promote. With a dtype that needs no conversion this is twice
// as fast as the operators that take a scalar.
at::Tensor number(const Value& v, const at::Tensor& first) {
    double real;
    memcpy(&real, &v.bits, sizeof real);
    auto value = v.count == Int ? c10::Scalar(v.bits) : c10::Scalar(real);
    auto dtype = first.scalar_type();
    if (dtype != at::kFloat && dtype != at::kDouble) dtype = v.count == Int ? at::kLong : at::kDouble;
    auto tensor = at::detail::scalar_tensor_static(value, dtype, at::kCPU);
    tensor.unsafeGetTensorImpl()->set_wrapped_number(true);
    return tensor;
}

Value unboxed(at::Tensor&& tensor) {
    if (!tensor.defined()) return {Tensor, 0, 0, 0};
    int64_t bytes = tensor.has_storage() && tensor.storage().use_count() == 1 ? tensor.storage().nbytes() : 0;
    return {Tensor, 0, reinterpret_cast<int64_t>(own(std::move(tensor))), bytes};
}

// A list of tensors is spread over the following results; the first says how many.
void unbox(c10::IValue&& value, std::vector<Value>& results) {
    if (value.isTensor()) {
        results.push_back(unboxed(std::move(value).toTensor()));
    } else if (value.isTensorList()) {
        auto list = std::move(value).toTensorVector();
        for (auto& tensor : list) results.push_back(unboxed(std::move(tensor)));
    } else if (value.isInt()) {
        results.push_back({Int, 0, value.toInt(), 0});
    } else if (value.isBool()) {
        results.push_back({Bool, 0, value.toBool(), 0});
    } else if (value.isDouble()) {
        double d = value.toDouble();
        Value v{Double, 0, 0, 0};
        memcpy(&v.bits, &d, sizeof d);
        results.push_back(v);
    } else if (!value.isNone()) {
        TORCH_CHECK(false, "result of unknown kind ", value.tagKind());
    }
}

// "aten::mm([2, 3], [2, 3])": what was called with which shapes.
std::string describe(const c10::OperatorHandle& op, const Value* arguments, int count) {
    std::ostringstream text;
    text << op.schema().name() << '(';
    bool first = true;
    auto shape = [&](void* handle) {
        if (!first) text << ", ";
        first = false;
        text << at_(handle).sizes();
    };
    for (int i = 0; i < count; i++) {
        if (arguments[i].kind == Tensor && arguments[i].bits) shape(reinterpret_cast<void*>(arguments[i].bits));
        if (arguments[i].kind != TensorList && arguments[i].kind != OptionalTensorList) continue;
        for (int k = 0; k < arguments[i].count; k++)
            if (void* element = reinterpret_cast<void* const*>(arguments[i].bits)[k]) shape(element);
    }
    text << ')';
    return text.str();
}

}  // namespace

void shim::remember(const std::string& text, int64_t managed) {
    message = text;
    managed_error = managed;
}

// The last failure of this thread; the text stays valid until the next failure.
EXPORT const char* nl_error(int64_t* managed) {
    *managed = managed_error;
    return message.c_str();
}

// The operator "aten::name" with the given overload, for nl_call. Handles live as long as the process.
EXPORT void* nl_operator(const char* name, const char* overload) {
    void* found = nullptr;
    guarded([&] { found = new c10::OperatorHandle(c10::Dispatcher::singleton().findSchemaOrThrow(name, overload)); });
    return found;
}

// Calls an operator. Returns the number of results written, or Failed. With capacity 0 the results are dropped (in-place
// operators return their first argument, which the caller already holds). More results than `capacity` go to a block that
// `spill` then points to, to be given back with nl_free.
EXPORT int nl_call(const c10::OperatorHandle* op, const Value* arguments, int count, Value* results, int capacity, Value** spill) {
    int written = 0;
    int status = guarded([&] {
        torch::jit::Stack stack;
        const auto& parameters = op->schema().arguments();
        stack.reserve(parameters.size());
        for (int i = 0; i < count; i++)
            stack.push_back(arguments[i].kind == Number ? number(arguments[i], stack[0].toTensor()) : box(arguments[i]));
        // Trailing arguments that are left out take the schema's defaults: newer versions only ever add such.
        for (size_t i = count; i < parameters.size(); i++) {
            TORCH_CHECK(parameters[i].default_value().has_value(), op->schema().name(), ": argument ", parameters[i].name(), " is missing");
            stack.push_back(*parameters[i].default_value());
        }
        op->callBoxed(stack);
        if (capacity == 0) return;
        if (stack.size() == 1 && stack[0].isTensor()) {
            results[0] = unboxed(std::move(stack[0]).toTensor());
            written = 1;
            return;
        }
        std::vector<Value> all;
        for (auto& value : stack) unbox(std::move(value), all);
        written = static_cast<int>(all.size());
        Value* target = results;
        if (written > capacity) target = *spill = static_cast<Value*>(malloc(all.size() * sizeof(Value)));
        std::copy(all.begin(), all.end(), target);
    });
    if (status == Failed) {
        if (!managed_error) message += "\n  in " + describe(*op, arguments, count);
        return Failed;
    }
    return written;
}

EXPORT void nl_free(void* block) { free(block); }
