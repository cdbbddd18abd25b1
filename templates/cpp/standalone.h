// A model as a program of its own: what main() hands over to.
#pragma once

#include "model.h"

namespace standalone {

// Everything that main() does: run the model as the command line says, return the exit status.
int main_of(const Model& model, int argc, char** argv);

}  // namespace standalone
