// Values with units from text: "10*mV", "5ms", "2 nS/cm**2", "-60 mV".
#pragma once

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "arrays.h"
#include "units.h"

namespace standalone {

struct Quantity {
    double value = 1;  // in SI units
    Exponents exponents = {};
};

inline bool same_dimension(const Exponents& first, const Exponents& second) {
    for (size_t base = 0; base < first.size(); ++base)
        if (std::fabs(first[base] - second[base]) > 1e-9) return false;
    return true;
}

// Letters to change, leave out, put in or exchange with their neighbours to make one word of another.
inline size_t distance(const std::string& first, const std::string& second) {
    std::vector<std::vector<size_t>> steps(first.size() + 1, std::vector<size_t>(second.size() + 1));
    const auto same = [&](size_t one, size_t other) {
        return std::tolower((unsigned char)first[one - 1]) == std::tolower((unsigned char)second[other - 1]);
    };
    for (size_t one = 0; one <= first.size(); ++one)
        for (size_t other = 0; other <= second.size(); ++other) {
            steps[one][other] = one + other;
            if (one == 0 || other == 0) continue;
            steps[one][other] = std::min({steps[one - 1][other] + 1, steps[one][other - 1] + 1,
                                          steps[one - 1][other - 1] + !same(one, other)});
            if (one > 1 && other > 1 && same(one, other - 1) && same(one - 1, other))
                steps[one][other] = std::min(steps[one][other], steps[one - 2][other - 2] + 1);
        }
    return steps[first.size()][second.size()];
}

// " (did you mean 'tau'?)", or nothing if no known name is like it.
inline std::string did_you_mean(const std::string& given, const std::vector<std::string>& known) {
    const std::string* best = nullptr;
    size_t nearest = std::max<size_t>(1, given.size() / 3) + 1;
    for (const std::string& name : known)
        if (distance(given, name) < nearest) {
            nearest = distance(given, name);
            best = &name;
        }
    return best == nullptr ? "" : " (did you mean '" + *best + "'?)";
}

// The three digits that define a scale: 1e-6*1e-3 is not 1e-9 to the last bit.
inline double three_digits(double scale) {
    char written[32];
    std::snprintf(written, sizeof written, "%.2e", scale);
    return std::strtod(written, nullptr);
}

// Find the scale of what stands before the end `stem` of a name; false if it is no prefix among `letters`.
inline bool prefix_before(const std::string& name, const std::string& stem, const std::string& letters, double* scale) {
    if (name.size() < stem.size() || name.size() > stem.size() + 1) return false;
    if (name.compare(name.size() - stem.size(), stem.size(), stem) != 0) return false;
    *scale = 1;
    if (name.size() == stem.size()) return true;
    if (letters.find(name[0]) == std::string::npos) return false;
    for (const Prefix& prefix : prefixes())
        if (prefix.letter == name[0]) *scale = prefix.scale;
    return true;
}

// Find a unit by name or symbol, with or without prefix; false if there is none.
inline bool find_unit(const std::string& name, Quantity* found) {
    for (const NamedUnit& unit : named_units()) {
        double scale = 1;
        bool is_known = prefix_before(name, unit.symbol, unit.symbol_prefixes, &scale);
        for (size_t spelling = 0; spelling < unit.names.size() && !is_known; ++spelling)
            is_known = prefix_before(name, unit.names[spelling], unit.prefixes, &scale);
        if (!is_known) continue;
        *found = {three_digits(scale * unit.scale), unit.exponents};
        return true;
    }
    return false;
}

// Reads a product of numbers and units from left to right, as Python would.
class QuantityReader {
public:
    explicit QuantityReader(const std::string& text) : text_(text) {}

    Quantity whole() {
        const Quantity read = product(0);
        if (place_ != text_.size()) fail("'" + text_.substr(place_) + "' cannot stand there");
        if (!std::isfinite(read.value)) fail("it is not finite");
        return read;
    }

private:
    [[noreturn]] void fail(const std::string& problem) const {
        throw Failure("'" + text_ + "' is no value: " + problem +
                      "; write for example 5, 10*mV, 5ms or '2 nS/cm**2'", 2);
    }

    char next() {
        while (place_ < text_.size() && std::isspace((unsigned char)text_[place_])) ++place_;
        return place_ < text_.size() ? text_[place_] : '\0';
    }

    bool skip(const char* sign) {
        next();
        if (text_.compare(place_, std::strlen(sign), sign) != 0) return false;
        place_ += std::strlen(sign);
        return true;
    }

    Quantity product(int depth) {
        const bool is_negative = next() == '-';
        if (is_negative || next() == '+') ++place_;
        Quantity read = power(depth);
        if (is_negative) read.value = -read.value;
        while (next() != '\0' && next() != ')') {
            const bool divided = next() == '/';
            if (divided || next() == '*') ++place_;
            const Quantity factor = power(depth);
            read.value = divided ? read.value / factor.value : read.value * factor.value;
            for (size_t base = 0; base < read.exponents.size(); ++base)
                read.exponents[base] += (divided ? -1 : 1) * factor.exponents[base];
        }
        return read;
    }

    Quantity power(int depth) {
        Quantity read = atom(depth);
        if (!skip("**") && !skip("^")) return read;
        const double exponent = read_exponent();
        read.value = std::pow(read.value, exponent);
        for (double& each : read.exponents) each *= exponent;
        return read;
    }

    Quantity atom(int depth) {
        if (std::isdigit((unsigned char)next()) || next() == '.') return {number(), {}};
        if (std::isalpha((unsigned char)next())) return unit();
        if (next() != '(' || depth > 50) fail(next() == '\0' ? "it ends too soon" : "a number or unit is missing");
        ++place_;
        const Quantity inner = product(depth + 1);
        if (!skip(")")) fail("')' is missing");
        return inner;
    }

    double number() {
        char* end = nullptr;
        const double read = std::strtod(text_.c_str() + place_, &end);
        if (end == text_.c_str() + place_) fail("a number is missing");
        place_ = (size_t)(end - text_.c_str());
        return read;
    }

    double read_exponent() {
        const bool in_brackets = skip("(");
        const bool is_negative = skip("-");
        if (!std::isdigit((unsigned char)next())) fail("an exponent is missing");
        double read = number();
        if (in_brackets && skip("/")) read /= number();
        if (in_brackets && !skip(")")) fail("')' is missing");
        return is_negative ? -read : read;
    }

    Quantity unit() {
        size_t end = place_;
        while (end < text_.size() && std::isalpha((unsigned char)text_[end])) ++end;
        const std::string name = text_.substr(place_, end - place_);
        Quantity found;
        if (!find_unit(name, &found)) fail("there is no unit '" + name + "'" + like(name));
        place_ = end;
        // "cm2" is a name for cm**2.
        const bool is_raised = place_ < text_.size() && (text_[place_] == '2' || text_[place_] == '3');
        if (is_raised) {
            const double exponent = text_[place_++] - '0';
            found.value = three_digits(std::pow(found.value, exponent));
            for (double& each : found.exponents) each *= exponent;
        }
        return found;
    }

    static std::string like(const std::string& name) {
        std::vector<std::string> known;
        for (const NamedUnit& unit : named_units()) {
            known.insert(known.end(), unit.names.begin(), unit.names.end());
            for (const char* letter = unit.symbol_prefixes; *letter != '\0'; ++letter)
                known.push_back(*letter + std::string(unit.symbol));
        }
        return did_you_mean(name, known);
    }

    const std::string text_;
    size_t place_ = 0;
};

inline Quantity quantity(const std::string& text) { return QuantityReader(text).whole(); }

}  // namespace standalone
