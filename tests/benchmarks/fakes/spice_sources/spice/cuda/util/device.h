#pragma once

namespace spice::cuda::util {

struct device {
    static device& active();
    void synchronize() {}
};

}  // namespace spice::cuda::util
