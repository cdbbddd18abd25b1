// What every generated CUDA simulation needs beside its kernels. Nothing here depends on the order in which blocks run.
#pragma once

#include "checks.h"
#include "connections.h"
#include "engine.h"
#include "events.h"
#include "device_memory.h"
#include "order.h"
#include "records.h"
#include "searching.h"
#include "segments.h"
#include "shapes.h"
