#pragma once

#include <cstdio>

#define MicroPrintf(...) (std::printf(__VA_ARGS__), std::printf("\n"))
