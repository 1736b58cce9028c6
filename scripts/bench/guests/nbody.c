/* Sun and four planets for n steps of a thousandth of a year, masses and orbits about those of the solar system; the bits of the
 * energy. Only operations that IEEE 754 rounds correctly. */
#include "wattest.h"

enum { BODIES = 5 };
struct body {
  double position[3], velocity[3], mass;
};
#define DAYS 365.25
static struct body bodies[BODIES] = {
    {{0, 0, 0}, {0, 0, 0}, 39.478},
    {{4.84, -1.16, -0.1}, {0.00166 * DAYS, 0.0077 * DAYS, -0.00007 * DAYS}, 0.0377},
    {{8.34, 4.12, -0.4}, {-0.00277 * DAYS, 0.005 * DAYS, 0.00002 * DAYS}, 0.0113},
    {{12.9, -15.1, -0.22}, {0.003 * DAYS, 0.00238 * DAYS, -0.00003 * DAYS}, 0.00172},
    {{15.4, -25.9, 0.18}, {0.00268 * DAYS, 0.00163 * DAYS, -0.0001 * DAYS}, 0.00203},
};

static double between(const struct body *a, const struct body *b, double d[3]) {
  double sum = 0;
  for (int k = 0; k < 3; k++) {
    d[k] = a->position[k] - b->position[k];
    sum += d[k] * d[k];
  }
  return sum;
}

static void step(double dt) {
  for (int i = 0; i < BODIES; i++) {
    struct body *a = &bodies[i];
    for (int j = i + 1; j < BODIES; j++) {
      struct body *b = &bodies[j];
      double d[3];
      double square = between(a, b, d);
      double magnitude = dt / (square * __builtin_sqrt(square));
      for (int k = 0; k < 3; k++) {
        a->velocity[k] -= d[k] * b->mass * magnitude;
        b->velocity[k] += d[k] * a->mass * magnitude;
      }
    }
  }
  for (int i = 0; i < BODIES; i++) {
    for (int k = 0; k < 3; k++) bodies[i].position[k] += dt * bodies[i].velocity[k];
  }
}

static double energy(void) {
  double sum = 0;
  for (int i = 0; i < BODIES; i++) {
    const struct body *a = &bodies[i];
    double speed = 0, d[3];
    for (int k = 0; k < 3; k++) speed += a->velocity[k] * a->velocity[k];
    sum += 0.5 * a->mass * speed;
    for (int j = i + 1; j < BODIES; j++) sum -= a->mass * bodies[j].mass / __builtin_sqrt(between(a, &bodies[j], d));
  }
  return sum;
}

WATTEST_EXPORT(run) uint64_t run(uint32_t n) {
  for (uint32_t i = 0; i < n; i++) step(0.001);
  union {
    double value;
    uint64_t bits;
  } result = {energy()};
  return result.bits;
}
