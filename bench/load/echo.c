/*
 * The raw limit: every datagram goes back as a DNS reply of the same octets (QR set), nothing else
 * is done. What a UDP server could reach on this machine if answering cost nothing.
 *
 *   echo --port P [--batch 1]
 *
 * Without --batch recvfrom and sendto, a system call each; with it recvmmsg and sendmmsg, up to 64
 * at a time. Loopback only; ends with its parent or by a signal.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define BATCH 64
#define OCTETS 2048

static void one_by_one(int fd) {
  static uint8_t buffer[OCTETS];
  for (;;) {
    struct sockaddr_in from;
    socklen_t size = sizeof from;
    ssize_t got = recvfrom(fd, buffer, sizeof buffer, 0, (struct sockaddr *)&from, &size);
    if (got < 12) continue;
    buffer[2] |= 0x80;
    sendto(fd, buffer, (size_t)got, 0, (struct sockaddr *)&from, size);
  }
}

static void in_batches(int fd) {
  static uint8_t buffers[BATCH][OCTETS];
  static struct sockaddr_in from[BATCH];
  static struct iovec parts[BATCH];
  static struct mmsghdr messages[BATCH];
  for (;;) {
    for (int i = 0; i < BATCH; i++) {
      parts[i] = (struct iovec){.iov_base = buffers[i], .iov_len = OCTETS};
      memset(&messages[i], 0, sizeof messages[i]);
      messages[i].msg_hdr.msg_name = &from[i];
      messages[i].msg_hdr.msg_namelen = sizeof from[i];
      messages[i].msg_hdr.msg_iov = &parts[i];
      messages[i].msg_hdr.msg_iovlen = 1;
    }
    int got = recvmmsg(fd, messages, BATCH, MSG_WAITFORONE, NULL);
    if (got <= 0) continue;
    for (int i = 0; i < got; i++) {
      buffers[i][2] |= 0x80;
      parts[i].iov_len = messages[i].msg_len;
    }
    for (int sent = 0; sent < got;) {
      int more = sendmmsg(fd, messages + sent, (unsigned)(got - sent), 0);
      if (more <= 0) break;
      sent += more;
    }
  }
}

int main(int argc, char **argv) {
  int port = 0, batch = 0;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (!strcmp(argv[i], "--port")) port = atoi(argv[i + 1]);
    if (!strcmp(argv[i], "--batch")) batch = atoi(argv[i + 1]);
  }
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  int size = 4 << 20;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) < 0) {
    perror("echo: bind");
    return 2;
  }
  if (batch) in_batches(fd);
  else one_by_one(fd);
}
