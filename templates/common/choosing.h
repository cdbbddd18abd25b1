// Columns of rows, chosen in parallel: all, each with one probability, or so many. What is chosen follows from places in
// streams of random numbers (connecting.h), so neither the number of threads nor how many rows come at a time matters.
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "clones.h"
#include "connecting.h"

namespace eqsim {

constexpr int64_t draws_of_block = 4096;
constexpr int64_t nobody = INT64_MIN;

// Call `work(thread)` in so many threads, or here where the system has no more of them.
template <class Work> void in_threads(int64_t threads, Work work) {
#ifdef EQSIM_WITHOUT_THREADS
    for (int64_t thread = 0; thread < threads; ++thread) work(thread);
#else
    std::vector<std::thread> others;
    others.reserve((size_t)threads);
    for (int64_t thread = 1; thread < threads; ++thread) {
        try {
            others.emplace_back(work, thread);
        } catch (const std::system_error&) {
            work(thread);
        }
    }
    work((int64_t)0);
    for (std::thread& other : others) other.join();
#endif
}

// Parts take turns, in their order.
class Turns {
public:
    // Wait until it is the turn of a part; other parts wait until the lock is given back by `pass`.
    std::unique_lock<std::mutex> wait(int64_t part) {
        std::unique_lock<std::mutex> lock(mutex_);
        changed_.wait(lock, [&] { return next_ == part; });
        return lock;
    }
    void pass(std::unique_lock<std::mutex> lock) {
        ++next_;
        lock.unlock();
        changed_.notify_all();
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int64_t next_ = 0;
};

// Rows, one after the other, and what their columns are. Column c of row r is the partner start + step * c + slope * r.
struct Rows {
    const int64_t* ends; // sums of the rows' lengths
    int64_t n;
    int64_t first; // number of the first row
    int64_t start, step, slope;
    bool without_self; // whether a row's own partner, r + own, is left out if it is chosen
    bool skips_self = false; // whether it is no column at all: columns after it are further partners
    int64_t own = 0;
    const int64_t* numbers = nullptr; // of the rows, where they do not follow each other
    const int64_t* offsets = nullptr; // which column of its row is the first, where that is not column 0

    int64_t columns() const { return n ? ends[n - 1] : 0; }
    int64_t begin(int64_t row) const { return row ? ends[row - 1] : 0; }
    int64_t length(int64_t row) const { return ends[row] - begin(row); }
    int64_t number(int64_t row) const { return numbers == nullptr ? first + row : numbers[row]; }
    int64_t shift(int64_t row) const {
        return start + slope * number(row) + (offsets == nullptr ? 0 : step * offsets[row]);
    }
    int64_t dropped(int64_t row) const { return without_self ? number(row) + own : nobody; }
    int64_t skipped(int64_t row) const {
        const int64_t partner = number(row) + own;
        return skips_self && partner >= start ? partner : INT64_MAX;
    }
};

// A series of trials: how many numbers are used, and where the last success was.
struct Trials {
    uint64_t key, stream;
    double rate;
    int64_t drawn, last;
};

// The successes that a block of numbers tells, counted from that before it.
EQSIM_CLONES static void successes_of(uint64_t key, uint64_t stream, double rate, int64_t first, int64_t* found) {
    uint64_t words[draws_of_block];
    for (int64_t k = 0; k < draws_of_block; k += 4) {
        const LongWords four = long_words(key, stream, (uint64_t)(first + k) / 4);
        words[k] = four.a, words[k + 1] = four.b, words[k + 2] = four.c, words[k + 3] = four.d;
    }
    for (int64_t k = 0; k < draws_of_block; ++k) found[k] = trials_to_success(words[k], rate);
}

// Turn numbers of trials into partners; return how many there are.
template <class T>
int64_t to_partners(const Rows& rows, const int64_t* found, int64_t n, int64_t before, T* partners, int64_t* counts) {
    int64_t made = 0, k = 0;
    if (n == 0) return 0;
    int64_t row = std::upper_bound(rows.ends, rows.ends + rows.n, before + found[0]) - rows.ends;
    while (k < n) {
        while (rows.ends[row] <= before + found[k]) ++row;
        const int64_t begin = rows.begin(row), shift = rows.shift(row), end = rows.ends[row] - before, earlier = made;
        const int64_t dropped = rows.dropped(row), skipped = rows.skipped(row);
        for (; k < n && found[k] < end; ++k) {
            int64_t partner = shift + rows.step * (before + found[k] - begin);
            partner += partner >= skipped;
            partners[made] = (T)partner;
            made += partner != dropped;
        }
        __atomic_fetch_add(&counts[row], made - earlier, __ATOMIC_RELAXED); // a row may go on in the next part
    }
    return made;
}

// Go on with a series of trials through the next rows; false if there is no room for all partners: the series is as it was
// then.
template <class T>
bool choose_by_chance(Trials& trials, const Rows& rows, T* partners, int64_t room, int64_t* counts, int64_t threads) {
    const int64_t limit = rows.columns(), first_block = trials.drawn / draws_of_block;
    Turns finding, writing;
    std::atomic<int64_t> next(0);
    std::atomic<bool> is_done(false), fits(true);
    int64_t reached = trials.last, made = 0;
    Trials after = trials;
    in_threads(threads, [&](int64_t) {
        std::vector<int64_t> found((size_t)draws_of_block);
        std::vector<T> chosen((size_t)draws_of_block);
        while (!is_done) {
            const int64_t part = next++, block = (first_block + part) * draws_of_block;
            successes_of(trials.key, trials.stream, trials.rate, block, found.data());
            const int64_t skip = std::max<int64_t>(trials.drawn - block, 0), count = draws_of_block - skip;
            int64_t* const place = found.data() + skip;
            for (int64_t k = 1; k < count; ++k) place[k] += place[k - 1];

            auto turn = finding.wait(part);
            const int64_t before = reached;
            int64_t n = is_done ? 0 : count;
            if (n && before + place[n - 1] >= limit) {
                n = std::lower_bound(place, place + n, limit - before) - place;
                after.drawn = block + skip + n;
                after.last = n ? before + place[n - 1] : before;
                is_done = true;
            }
            if (!is_done) reached = before + place[count - 1];
            finding.pass(std::move(turn));

            n = to_partners(rows, place, n, before, chosen.data(), counts);
            turn = writing.wait(part);
            const int64_t begin = made;
            made += n;
            writing.pass(std::move(turn));
            if (begin + n <= room)
                std::copy(chosen.begin(), chosen.begin() + n, partners + begin);
            else
                fits = false, is_done = true;
        }
    });
    if (!fits) return false;
    trials = after;
    trials.last -= limit;
    return true;
}

// Where a row's own partner is among its columns, if it is left out; its length if not.
inline int64_t dropped_column(const Rows& rows, int64_t row) {
    const int64_t length = rows.length(row);
    if (!rows.without_self) return length;
    const int64_t offset = rows.dropped(row) - rows.shift(row), column = offset / rows.step;
    return offset % rows.step == 0 && column >= 0 ? std::min(column, length) : length;
}

// How many columns each row has without what is left out, and how many there are in all.
inline int64_t count_all(const Rows& rows, int64_t* counts) {
    int64_t sum = 0;
    for (int64_t row = 0; row < rows.n; ++row) {
        const int64_t length = rows.length(row);
        counts[row] = length - (dropped_column(rows, row) < length);
        sum += counts[row];
    }
    return sum;
}

// Choose all columns; false if there is no room for their partners.
template <class T> bool choose_all(const Rows& rows, T* partners, int64_t room, int64_t* counts, int64_t threads) {
    // With what is left out of earlier rows known, each row has its place.
    if (count_all(rows, counts) > room) return false;
    std::vector<int64_t> begin((size_t)rows.n + 1);
    for (int64_t row = 0; row < rows.n; ++row) begin[(size_t)row + 1] = begin[(size_t)row] + counts[row];
    in_threads(threads, [&](int64_t thread) {
        // Parts have as much to write, whatever the lengths of rows.
        const int64_t all = begin[(size_t)rows.n], from = all / threads * thread;
        const int64_t to = thread + 1 == threads ? INT64_MAX : all / threads * (thread + 1);
        int64_t row = std::lower_bound(begin.begin(), begin.end(), from) - begin.begin();
        for (; row < rows.n && begin[(size_t)row] < to; ++row) {
            const int64_t length = rows.length(row), shift = rows.shift(row);
            const int64_t left_out = dropped_column(rows, row), skipped = rows.skipped(row);
            T* place = partners + begin[(size_t)row];
            const auto write = [&](int64_t column) {
                const int64_t partner = shift + rows.step * column;
                *place++ = (T)(partner + (partner >= skipped));
            };
            for (int64_t column = 0; column < left_out; ++column) write(column);
            for (int64_t column = left_out + 1; column < length; ++column) write(column);
        }
    });
    return true;
}

// Call `use` with words `first` to `first` + `n` - 1 of a stream.
template <class Use> void each_word(uint64_t key, uint64_t stream, int64_t first, int64_t n, Use use) {
    for (int64_t four = first / 4; four * 4 < first + n; ++four) {
        const LongWords words = long_words(key, stream, (uint64_t)four);
        const uint64_t word[4] = {words.a, words.b, words.c, words.d};
        for (int64_t k = std::max<int64_t>(first - four * 4, 0); k < std::min<int64_t>(first + n - four * 4, 4); ++k)
            use(word[k]);
    }
}

// Sorts different numbers: by a bit for each where they are many, and otherwise by comparison.
class Sorter {
public:
    // Order `n` numbers below `length` and return how many different ones there are.
    int64_t unite(int32_t* numbers, int64_t n, int64_t length) {
        if (length / 64 > 2 * n) {
            std::sort(numbers, numbers + n);
            return std::unique(numbers, numbers + n) - numbers;
        }
        set(numbers, n, length);
        int64_t found = 0;
        each([&](int64_t number) { numbers[found++] = (int32_t)number; }, 0);
        return found;
    }

    // Call `use` with each number below `length` that is not among `n`.
    template <class Use> void others(const int32_t* numbers, int64_t n, int64_t length, Use use) {
        set(numbers, n, length);
        if (length % 64) bits_.back() |= ~UINT64_C(0) << length % 64;
        each(use, ~UINT64_C(0));
    }

private:
    void set(const int32_t* numbers, int64_t n, int64_t length) {
        bits_.assign((size_t)(length / 64 + (length % 64 != 0)), 0);
        for (int64_t k = 0; k < n; ++k) bits_[(size_t)numbers[k] / 64] |= UINT64_C(1) << numbers[k] % 64;
    }
    template <class Use> void each(Use use, uint64_t inverted) {
        for (size_t word = 0; word < bits_.size(); ++word)
            for (uint64_t left = bits_[word] ^ inverted; left; left &= left - 1)
                use((int64_t)(word * 64) + __builtin_ctzll(left));
    }
    std::vector<uint64_t> bits_;
};

// Choose `sizes[r]` different columns of each row; false if there is no room for their partners. Columns are drawn with
// repetition until enough of them differ, each round from a stream of its own, of which `used` tells how much is used. Where
// more than half of a row is chosen, what is left out is drawn.
template <class T>
bool choose_samples(uint64_t key, std::vector<int64_t>& used, const Rows& rows, const int64_t* sizes, T* partners,
                    int64_t room, int64_t* counts, int64_t threads) {
    const size_t n = (size_t)rows.n;
    std::vector<int64_t> begin(n + 1), place(n + 1), missing(n), at(n);
    for (size_t row = 0; row < n; ++row) {
        missing[row] = std::min(sizes[row], rows.length((int64_t)row) - sizes[row]);
        begin[row + 1] = begin[row] + missing[row];
    }
    std::vector<int32_t> drawn((size_t)begin[n]);
    const auto in_parts = [&](auto work) {
        std::atomic<int64_t> next(0);
        const int64_t part = std::max<int64_t>(rows.n / (threads * 16), 1);
        in_threads(threads, [&](int64_t) {
            Sorter sorter;
            for (int64_t first = (next += part) - part; first < rows.n; first = (next += part) - part)
                for (int64_t row = first; row < std::min(first + part, rows.n); ++row) work((size_t)row, sorter);
        });
    };
    for (size_t round = 0;; ++round) {
        if (round == used.size()) used.push_back(0);
        int64_t sum = used[round];
        for (size_t row = 0; row < n; ++row) at[row] = sum, sum += missing[row];
        if (sum == used[round]) break;
        used[round] = sum;
        in_parts([&](size_t row, Sorter& sorter) {
            if (missing[row] == 0) return;
            const int64_t length = rows.length((int64_t)row), few = begin[row + 1] - begin[row];
            int32_t* const found = drawn.data() + begin[row];
            int32_t* fresh = found + (few - missing[row]);
            each_word(key, round, at[row], missing[row],
                      [&](uint64_t word) { *fresh++ = (int32_t)(uniform_of(word) * (double)length); });
            missing[row] = few - sorter.unite(found, few, length);
        });
    }
    // The partner with the number of the row may be among what is chosen, so rows are counted before they are written.
    const auto each = [&](size_t row, Sorter& sorter, auto use) {
        const int64_t length = rows.length((int64_t)row), few = begin[row + 1] - begin[row];
        const int64_t shift = rows.shift((int64_t)row), dropped = rows.dropped((int64_t)row);
        const int64_t skipped = rows.skipped((int64_t)row);
        const auto to_partner = [&](int64_t column) {
            const int64_t partner = shift + rows.step * column;
            if (partner != dropped) use(partner + (partner >= skipped));
        };
        const int32_t* const found = drawn.data() + begin[row];
        if (few < sizes[row])
            sorter.others(found, few, length, to_partner);
        else
            for (int64_t k = 0; k < few; ++k) to_partner(found[k]);
    };
    in_parts([&](size_t row, Sorter& sorter) {
        counts[row] = sizes[row];
        if (!rows.without_self) return;
        int64_t count = 0;
        each(row, sorter, [&](int64_t) { ++count; });
        counts[row] = count;
    });
    for (size_t row = 0; row < n; ++row) place[row + 1] = place[row] + counts[row];
    if (place[n] > room) return false;
    in_parts([&](size_t row, Sorter& sorter) {
        T* out = partners + place[row];
        each(row, sorter, [&](int64_t partner) { *out++ = (T)partner; });
    });
    return true;
}

// Let a graph grow by preference (Barabasi and Albert 1999, doi:10.1126/science.286.5439.509): write the older end of each of
// the `m` edges that an element brings, of the first `m` + 1 of which only the star's are there. Each end of each edge is an
// entry, so a random entry is an element by preference: entries lie in rows of 2 m, those of one element's edges, of which
// the first half are the newer ends. Ends that an element has already are drawn again, from the stream `again`.
inline void grow(uint64_t key, uint64_t again, int64_t n, int64_t m, int64_t* older) {
    std::vector<int32_t> newest((size_t)n, -1); // the last element that has an edge with each
    const auto element = [&](int64_t entry) {
        const int64_t row = entry / (2 * m), place = entry % (2 * m);
        if (place >= m) return older[row * m + place - m];
        return row ? row + m : place + 1;
    };
    uint64_t words[4];
    int64_t used = 0;
    const auto another = [&] {
        if (used % 4 == 0) {
            const LongWords four = long_words(again, 0, (uint64_t)used / 4);
            words[0] = four.a, words[1] = four.b, words[2] = four.c, words[3] = four.d;
        }
        return words[used++ % 4];
    };
    for (int64_t edge = 0; edge < m; ++edge) older[edge] = 0;
    for (int64_t row = 1; row < n - m; ++row) {
        const double entries = (double)(2 * m * row);
        int64_t* const chosen = older + row * m;
        int64_t found = 0;
        const auto take = [&](uint64_t word) {
            const int64_t end = element((int64_t)(uniform_of(word) * entries));
            if (newest[(size_t)end] == (int32_t)row) return;
            newest[(size_t)end] = (int32_t)row;
            chosen[found++] = end;
        };
        each_word(key, 0, (row - 1) * m, m, take);
        while (found < m) take(another());
    }
}

// Whether the numbers of each row ascend; rows begin at `begin`, and end at the beginning of the next one.
template <class T> bool rows_ascend(const T* numbers, const int32_t* begin, int64_t n_rows, int64_t threads) {
    std::atomic<bool> ascend(true);
    in_threads(threads, [&](int64_t thread) {
        const int64_t from = n_rows * thread / threads, to = n_rows * (thread + 1) / threads;
        for (int64_t row = from; row < to && ascend; ++row) {
            int64_t falls = 0;
            for (int64_t k = begin[row] + 1; k < begin[row + 1]; ++k) falls += numbers[k - 1] > numbers[k];
            if (falls) ascend = false;
        }
    });
    return ascend;
}

}  // namespace eqsim
