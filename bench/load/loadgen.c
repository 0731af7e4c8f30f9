/*
 * Load over UDP on loopback: reads queries from a file, sends them in batches, counts and times the
 * answers. Closed loop by default (a window of outstanding queries, the next is sent when one comes
 * back), or at a fixed rate. Bounded in time; only loopback addresses are accepted.
 *
 *   loadgen --port P [--seconds S] [--window W] [--rate Q] [--sockets N] --queries FILE
 *
 * FILE: repeated { 2 octets length, big endian | query }. Prints one line of JSON.
 *
 * Our own because dnsperf saturates near 94,000 q/s here, before the servers do.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH 64
#define SOCKETS_MAX 64
#define BUCKETS 4096 /* 64 per power of two, microseconds */

struct query { const uint8_t *bytes; uint16_t length; };

static uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void die(const char *what) {
  fprintf(stderr, "loadgen: %s%s%s\n", what, errno ? ": " : "", errno ? strerror(errno) : "");
  exit(2);
}

/* Log-linear histogram: 32 steps for each doubling. */
static unsigned bucket_of(uint64_t us) {
  if (us < 32) return (unsigned)us;
  unsigned shift = 58 - (unsigned)__builtin_clzll(us);
  unsigned index = shift * 32 + (unsigned)(us >> shift) ;
  return index < BUCKETS ? index : BUCKETS - 1;
}

static double bucket_value(unsigned index) {
  if (index < 64) return index;
  unsigned shift = index / 32 - 1;
  return (double)((uint64_t)(index - shift * 32) << shift);
}

static double percentile(const uint64_t *histogram, uint64_t total, double share) {
  uint64_t wanted = (uint64_t)((double)total * share), seen = 0;
  for (unsigned i = 0; i < BUCKETS; i++) {
    seen += histogram[i];
    if (seen > wanted) return bucket_value(i);
  }
  return bucket_value(BUCKETS - 1);
}

static struct query *read_queries(const char *path, size_t *count) {
  FILE *f = fopen(path, "rb");
  if (!f) die(path);
  fseek(f, 0, SEEK_END);
  long size = ftell(f);
  rewind(f);
  uint8_t *all = malloc((size_t)size);
  if (!all || fread(all, 1, (size_t)size, f) != (size_t)size) die("cannot read queries");
  fclose(f);
  size_t n = 0, cap = 1024;
  struct query *queries = malloc(cap * sizeof *queries);
  for (long at = 0; at + 2 <= size;) {
    uint16_t length = (uint16_t)(all[at] << 8 | all[at + 1]);
    if (at + 2 + length > size || length < 12) { errno = 0; die("query file is damaged"); }
    if (n == cap) queries = realloc(queries, (cap *= 2) * sizeof *queries);
    queries[n].bytes = all + at + 2;
    queries[n++].length = length;
    at += 2 + length;
  }
  if (n == 0) { errno = 0; die("no queries"); }
  *count = n;
  return queries;
}

struct flow {
  int fd;
  uint32_t outstanding;
  uint64_t sent_at[65536]; /* by query id; 0: not outstanding */
  uint16_t next_id;
};

static uint64_t sent, received, unexpected, timed_out, rcodes[16], histogram[BUCKETS];

static void send_batch(struct flow *flow, const struct query *queries, size_t count, size_t *at, unsigned want) {
  static uint8_t buffers[BATCH][512];
  struct mmsghdr messages[BATCH];
  struct iovec parts[BATCH];
  uint64_t now = now_ns();
  unsigned n = want < BATCH ? want : BATCH;
  for (unsigned i = 0; i < n; i++) {
    const struct query *q = &queries[*at];
    *at = (*at + 1) % count;
    memcpy(buffers[i], q->bytes, q->length);
    uint16_t id = flow->next_id++;
    buffers[i][0] = (uint8_t)(id >> 8);
    buffers[i][1] = (uint8_t)id;
    if (flow->sent_at[id]) { timed_out++; flow->outstanding--; }
    flow->sent_at[id] = now;
    parts[i].iov_base = buffers[i];
    parts[i].iov_len = q->length;
    memset(&messages[i], 0, sizeof messages[i]);
    messages[i].msg_hdr.msg_iov = &parts[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  int done = sendmmsg(flow->fd, messages, n, 0);
  if (done < 0) done = 0;
  for (unsigned i = (unsigned)done; i < n; i++) {
    uint16_t id = (uint16_t)(buffers[i][0] << 8 | buffers[i][1]);
    flow->sent_at[id] = 0;
  }
  sent += (uint64_t)done;
  flow->outstanding += (uint32_t)done;
}

static unsigned receive_batch(struct flow *flow) {
  static uint8_t buffers[BATCH][4096];
  struct mmsghdr messages[BATCH];
  struct iovec parts[BATCH];
  for (unsigned i = 0; i < BATCH; i++) {
    parts[i].iov_base = buffers[i];
    parts[i].iov_len = sizeof buffers[i];
    memset(&messages[i], 0, sizeof messages[i]);
    messages[i].msg_hdr.msg_iov = &parts[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  int got = recvmmsg(flow->fd, messages, BATCH, MSG_DONTWAIT, NULL);
  if (got <= 0) return 0;
  uint64_t now = now_ns();
  for (int i = 0; i < got; i++) {
    uint16_t id = (uint16_t)(buffers[i][0] << 8 | buffers[i][1]);
    if (messages[i].msg_len < 12 || !flow->sent_at[id]) { unexpected++; continue; }
    histogram[bucket_of((now - flow->sent_at[id]) / 1000)]++;
    flow->sent_at[id] = 0;
    flow->outstanding--;
    rcodes[buffers[i][3] & 15]++;
    received++;
  }
  return (unsigned)got;
}

static void sweep(struct flow *flow, uint64_t older_than) {
  for (unsigned id = 0; id < 65536; id++) {
    if (flow->sent_at[id] && flow->sent_at[id] < older_than) {
      flow->sent_at[id] = 0;
      flow->outstanding--;
      timed_out++;
    }
  }
}

static struct flow *open_flows(unsigned count, int port) {
  struct flow *flows = calloc(count, sizeof *flows);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  for (unsigned i = 0; i < count; i++) {
    flows[i].fd = socket(AF_INET, SOCK_DGRAM, 0);
    int size = 8 << 20;
    setsockopt(flows[i].fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    if (flows[i].fd < 0 || connect(flows[i].fd, (struct sockaddr *)&to, sizeof to) < 0) die("connect");
  }
  return flows;
}

int main(int argc, char **argv) {
  const char *path = NULL;
  int port = 0;
  double seconds = 5, rate = 0;
  unsigned window = 256, flow_count = 8;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (!strcmp(argv[i], "--port")) port = atoi(argv[i + 1]);
    else if (!strcmp(argv[i], "--seconds")) seconds = atof(argv[i + 1]);
    else if (!strcmp(argv[i], "--window")) window = (unsigned)atoi(argv[i + 1]);
    else if (!strcmp(argv[i], "--rate")) rate = atof(argv[i + 1]);
    else if (!strcmp(argv[i], "--sockets")) flow_count = (unsigned)atoi(argv[i + 1]);
    else if (!strcmp(argv[i], "--queries")) path = argv[i + 1];
    else { errno = 0; die(argv[i]); }
  }
  errno = 0;
  if (!path || port <= 0 || seconds > 600 || flow_count == 0 || flow_count > SOCKETS_MAX) die("usage: --port P --queries FILE");
  size_t count, at = 0;
  struct query *queries = read_queries(path, &count);
  struct flow *flows = open_flows(flow_count, port);
  struct pollfd polls[SOCKETS_MAX];
  for (unsigned i = 0; i < flow_count; i++) polls[i] = (struct pollfd){.fd = flows[i].fd, .events = POLLIN};
  uint64_t start = now_ns(), end = start + (uint64_t)(seconds * 1e9), next_sweep = start + 100000000u;
  unsigned share = window / flow_count ? window / flow_count : 1;
  for (uint64_t now = start; now < end; now = now_ns()) {
    unsigned progress = 0;
    uint64_t due = rate > 0 ? (uint64_t)((double)(now - start) / 1e9 * rate) : UINT64_MAX;
    for (unsigned i = 0; i < flow_count; i++) {
      uint32_t room = rate > 0 ? (due > sent ? (uint32_t)(due - sent) : 0) : (share > flows[i].outstanding ? share - flows[i].outstanding : 0);
      if (rate > 0 && room > 1) room = (room + flow_count - 1) / flow_count;
      if (rate > 0 && flows[i].outstanding > 30000) room = 0;
      /* Half a batch at a time keeps system calls few without emptying the server's queue. */
      if (room > 0 && (rate > 0 || room >= (share + 1) / 2)) { send_batch(&flows[i], queries, count, &at, room); progress++; }
      progress += receive_batch(&flows[i]);
    }
    if (!progress) poll(polls, flow_count, 1);
    if (now > next_sweep) {
      for (unsigned i = 0; i < flow_count; i++) sweep(&flows[i], now - 1000000000u);
      next_sweep = now + 100000000u;
    }
  }
  double took = (double)(now_ns() - start) / 1e9;
  printf("{\"seconds\":%.3f,\"sent\":%llu,\"received\":%llu,\"timedOut\":%llu,\"unexpected\":%llu,\"perSecond\":%.0f,"
         "\"p50Us\":%.0f,\"p99Us\":%.0f,\"p999Us\":%.0f,\"noerror\":%llu,\"nxdomain\":%llu,\"servfail\":%llu,\"refused\":%llu}\n",
         took, (unsigned long long)sent, (unsigned long long)received, (unsigned long long)timed_out, (unsigned long long)unexpected,
         (double)received / took, percentile(histogram, received, 0.5), percentile(histogram, received, 0.99), percentile(histogram, received, 0.999),
         (unsigned long long)rcodes[0], (unsigned long long)rcodes[3], (unsigned long long)rcodes[2], (unsigned long long)rcodes[5]);
  return 0;
}
