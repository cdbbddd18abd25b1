// The threads that run a simulation together. They are there as long as the simulation is; those that wait for others look
// for a short time whether these have come, and then sleep.
#pragma once

#include <stdint.h>
#include <stdlib.h>

#ifndef EQSIM_WITHOUT_THREADS
#include <pthread.h>
#include <sched.h>
#include <unistd.h>
#endif

namespace eqsim {

// One of the threads that run a simulation together.
struct Worker {
    int32_t thread;
    int32_t threads;
};

#ifdef EQSIM_WITHOUT_THREADS

struct Team {
    int32_t threads;
};

inline Team* team_of(int32_t) { return nullptr; }
inline void disband(Team*) {}
inline void meet(Team*) {}
template <class Work> inline void run(Team*, Work& work) { work(Worker{0, 1}); }

#else

struct Team;

struct Member {
    Team* team;
    int32_t thread;
    pthread_t id;
};

struct Team {
    int32_t threads;   // the caller's among them, which is number 0
    int32_t spins;     // how often a thread that waits looks before it sleeps
    int32_t arrived;   // how many wait for the others
    uint32_t meeting;  // how often all have met
    int32_t asleep;
    pthread_mutex_t mutex;
    pthread_cond_t met;
    void (*work)(void*, Worker);  // null: there will be none any more
    void* given;
    pid_t process;
    Member* members;  // all but the caller's
};

// Some tens of microseconds: longer than the parts of a step are apart where threads pay, and much shorter than the time
// for which a system gives a processor to something else.
constexpr int32_t most_spins = 1000;

inline void relax() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("yield");
#endif
}

// How many processors this process may use.
inline int32_t processors() {
#ifdef __linux__
    cpu_set_t usable;
    if (sched_getaffinity(0, sizeof usable, &usable) == 0) return CPU_COUNT(&usable);
#endif
    return (int32_t)sysconf(_SC_NPROCESSORS_ONLN);
}

inline bool have_met(const Team& team, uint32_t meeting) {
    return __atomic_load_n(&team.meeting, __ATOMIC_SEQ_CST) != meeting;
}

// Wait until all have come here.
inline void meet(Team* team) {
    if (team == nullptr) return;
    const uint32_t meeting = __atomic_load_n(&team->meeting, __ATOMIC_RELAXED);
    if (__atomic_add_fetch(&team->arrived, 1, __ATOMIC_ACQ_REL) == team->threads) {
        __atomic_store_n(&team->arrived, 0, __ATOMIC_RELAXED);
        __atomic_store_n(&team->meeting, meeting + 1, __ATOMIC_SEQ_CST);
        // Who goes to sleep says so first and looks again then, so that one of both sees the other.
        if (__atomic_load_n(&team->asleep, __ATOMIC_SEQ_CST) == 0) return;
        pthread_mutex_lock(&team->mutex);
        pthread_cond_broadcast(&team->met);
        pthread_mutex_unlock(&team->mutex);
        return;
    }
    for (int32_t spin = 0; spin < team->spins; ++spin) {
        if (__atomic_load_n(&team->meeting, __ATOMIC_ACQUIRE) != meeting) return;
        relax();
    }
    pthread_mutex_lock(&team->mutex);
    __atomic_add_fetch(&team->asleep, 1, __ATOMIC_SEQ_CST);
    while (!have_met(*team, meeting)) pthread_cond_wait(&team->met, &team->mutex);
    __atomic_sub_fetch(&team->asleep, 1, __ATOMIC_SEQ_CST);
    pthread_mutex_unlock(&team->mutex);
}

inline void* serve(void* given) {
    const Member& member = *(const Member*)given;
    Team* const team = member.team;
    // Held while the team is made: how many it has is known then.
    pthread_mutex_lock(&team->mutex);
    const Worker worker = {member.thread, team->threads};
    pthread_mutex_unlock(&team->mutex);
    for (;;) {
        meet(team);
        if (team->work == nullptr) return nullptr;
        team->work(team->given, worker);
        meet(team);
    }
}

// Let all threads do something, each as the worker that it is, and wait for them.
template <class Work> inline void run(Team* team, Work& work) {
    if (team == nullptr) return work(Worker{0, 1});
    team->work = [](void* given, Worker worker) { (*(Work*)given)(worker); };
    team->given = &work;
    meet(team);
    work(Worker{0, team->threads});
    meet(team);
}

inline void disband(Team* team) {
    // Of a team that was forked with its process there is only the memory, in whatever state it was.
    if (team == nullptr || team->process != getpid()) return;
    team->work = nullptr;
    meet(team);
    for (int32_t number = 0; number + 1 < team->threads; ++number) pthread_join(team->members[number].id, nullptr);
    pthread_cond_destroy(&team->met);
    pthread_mutex_destroy(&team->mutex);
    free(team->members);
    free(team);
}

// A team of up to `threads`, the caller's among them: as many as the system grants. Null if that is only the caller's.
inline Team* team_of(int32_t threads) {
    if (threads <= 1) return nullptr;
    Team* const team = (Team*)calloc(1, sizeof(Team));
    Member* const members = (Member*)calloc((size_t)threads - 1, sizeof(Member));
    if (team == nullptr || members == nullptr) {
        free(team);
        free(members);
        return nullptr;
    }
    team->members = members;
    team->process = getpid();
    team->threads = 1;
    // Where threads have to share processors, who waits for another had better let it run.
    team->spins = threads <= processors() ? most_spins : 0;
    pthread_mutex_init(&team->mutex, nullptr);
    pthread_cond_init(&team->met, nullptr);
    pthread_mutex_lock(&team->mutex);
    for (Member* member = members; team->threads < threads; ++member, ++team->threads) {
        member->team = team;
        member->thread = team->threads;
        if (pthread_create(&member->id, nullptr, &serve, member) != 0) break;
    }
    pthread_mutex_unlock(&team->mutex);
    if (team->threads > 1) return team;
    disband(team);
    return nullptr;
}

#endif

}  // namespace eqsim
