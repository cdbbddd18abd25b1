#include <spice/cuda/util/device.h>

spice::cuda::util::device& spice::cuda::util::device::active() {
    static device only;
    return only;
}
