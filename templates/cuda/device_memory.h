// Memory of the device, planned before it is taken, and copies between it and the host.
#pragma once

#include <cuda_runtime.h>
#include <stdint.h>
#include <stdio.h>

#include <string>
#include <vector>

#include "searching.h"

namespace eqsim {

// What the last failure was, for the user.
inline std::string& told() {
    static thread_local std::string text;
    return text;
}

inline std::string in_units(double bytes) {
    const char* const units[] = {"bytes", "kB", "MB", "GB", "TB"};
    int unit = 0;
    for (; bytes >= 1000.0 && unit < 4; ++unit) bytes /= 1000.0;
    char text[64];
    snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", bytes, units[unit]);
    return text;
}

// All memory is planned before any is taken, so that the user is told what is too large.
class Allocator {
public:
    template <class T> void want(const char* name, T*& place, int64_t values) {
        wanted_.push_back({name, (void**)&place, (size_t)greatest(values, 1) * sizeof(T)});
    }

    // Have so many bytes left over, for what lives before the simulation runs; of several the most.
    void want_before(size_t bytes) { before_ = bytes > before_ ? bytes : before_; }

    size_t bytes() const {
        size_t total = before_;
        for (const Wanted& each : wanted_) total += each.bytes;
        return total;
    }

    // Make all of it, zero; false, with the reason told, if memory is short.
    bool take(std::vector<void*>& taken) const {
        size_t available = 0, all = 0;
        const size_t total = bytes();
        if (cudaMemGetInfo(&available, &all) != cudaSuccess) return false;
        if (total > available) return tell(largest(), total, available, all);
        for (const Wanted& each : wanted_) {
            *each.place = nullptr;
            if (cudaMalloc(each.place, each.bytes) != cudaSuccess) {
                cudaGetLastError();  // is told
                return tell(each, total, available, all);
            }
            taken.push_back(*each.place);
            if (cudaMemset(*each.place, 0, each.bytes) != cudaSuccess) return false;
        }
        return true;
    }

private:
    struct Wanted {
        const char* name;
        void** place;
        size_t bytes;
    };

    const Wanted& largest() const {
        size_t found = 0;
        for (size_t each = 1; each < wanted_.size(); ++each)
            if (wanted_[each].bytes > wanted_[found].bytes) found = each;
        return wanted_[found];
    }

    bool tell(const Wanted& short_of, size_t total, size_t available, size_t all) const {
        told() = std::string("the device has too little memory for '") + short_of.name + "'\n  it takes " +
                 in_units((double)short_of.bytes) + " of " + in_units((double)total) + " that the simulation needs; " +
                 in_units((double)available) + " of " + in_units((double)all) + " are free\n  all that takes more than a"
                 " hundredth:";
        for (const Wanted& each : wanted_)
            if (each.bytes * 100 >= total) told() += std::string("\n    ") + each.name + ": " + in_units((double)each.bytes);
        if (before_ * 100 >= total) told() += "\n    what is sorted and counted at first: " + in_units((double)before_);
        return false;
    }

    std::vector<Wanted> wanted_;
    size_t before_ = 0;
};

// Memory for a while: it is given back when the owner goes, whatever happens meanwhile.
class Taken {
public:
    explicit Taken(const Allocator& memory) { is_complete_ = memory.take(taken_) && cudaDeviceSynchronize() == cudaSuccess; }
    ~Taken() {
        for (void* each : taken_) cudaFree(each);
    }
    Taken(const Taken&) = delete;
    Taken& operator=(const Taken&) = delete;

    bool is_complete() const { return is_complete_; }

private:
    std::vector<void*> taken_;
    bool is_complete_;
};

template <class T> inline bool upload(T* device, const T* host, int64_t values, cudaStream_t stream) {
    const size_t bytes = static_cast<size_t>(values) * sizeof(T);
    return cudaMemcpyAsync(device, host, bytes, cudaMemcpyHostToDevice, stream) == cudaSuccess;
}

template <class T> inline bool download(T* host, const T* device, int64_t values, cudaStream_t stream) {
    const size_t bytes = static_cast<size_t>(values) * sizeof(T);
    return cudaMemcpyAsync(host, device, bytes, cudaMemcpyDeviceToHost, stream) == cudaSuccess;
}

template <class T> inline bool copy(T* to, const T* from, int64_t values, cudaStream_t stream) {
    const size_t bytes = static_cast<size_t>(values) * sizeof(T);
    return cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, stream) == cudaSuccess;
}

// Give a variable of the device a value of the host, or one that lies on the device.
template <class T> inline bool set(T& variable, T value, cudaStream_t stream) {
    return cudaMemcpyToSymbolAsync(variable, &value, sizeof value, 0, cudaMemcpyHostToDevice, stream) == cudaSuccess;
}
template <class T> inline bool set_from(T& variable, const T* value, cudaStream_t stream) {
    return cudaMemcpyToSymbolAsync(variable, value, sizeof(T), 0, cudaMemcpyDeviceToDevice, stream) == cudaSuccess;
}

}  // namespace eqsim
