#!/usr/bin/env python3
"""TCP through real firewalls on r2 (connection tracking, one sequence number a connection, a SYN
proxy) and to a listener with fast open: every hop, no loss, over rounds and processes one after the
other, and the listener's application sees nothing. traceroute -T and mtr -T beside it, to a port of
their own."""

import re
import shutil
import socket
import subprocess

import chain
from chain import lab

OPEN, CLOSED, PEERS = 8080, 8081, 8082
ROUNDS = 3
PROXIED = 2  # so many routers before the SYN proxy's answer

TRACKING = """
table inet firewall {
    chain passing {
        type filter hook forward priority 0;
        ct state invalid drop
        ct state new tcp flags & (syn | ack | rst | fin) != syn drop
    }
}
"""

# What connection tracking of Linux lets pass, others drop: a SYN of a four-tuple that is known by
# another sequence number, one without MSS.
STRICT = """
table %(table)s strict {
    set connections {
        typeof %(ip)s saddr . %(ip)s daddr . tcp sport . tcp dport
        flags dynamic, timeout; timeout 30s;
    }
    set segments {
        typeof %(ip)s saddr . %(ip)s daddr . tcp sport . tcp dport . tcp sequence
        flags dynamic, timeout; timeout 30s;
    }
    chain passing {
        type filter hook forward priority 0;
        tcp flags & (syn | ack | rst) == syn jump opening
        tcp flags & rst == rst jump closing
    }
    chain opening {
        tcp option maxseg missing drop
        %(ip)s saddr . %(ip)s daddr . tcp sport . tcp dport . tcp sequence @segments accept
        %(ip)s saddr . %(ip)s daddr . tcp sport . tcp dport @connections drop
        add @connections { %(ip)s saddr . %(ip)s daddr . tcp sport . tcp dport }
        add @segments { %(ip)s saddr . %(ip)s daddr . tcp sport . tcp dport . tcp sequence }
    }
    chain closing {
        delete @connections { %(ip)s saddr . %(ip)s daddr . tcp sport . tcp dport }
        delete @connections { %(ip)s daddr . %(ip)s saddr . tcp dport . tcp sport }
    }
}
"""
STRICT_BOTH = STRICT % {"table": "ip", "ip": "ip"} + STRICT % {"table": "ip6", "ip": "ip6"}

PROXY = f"""
table ip proxy {{
    chain coming {{
        type filter hook prerouting priority -300;
        tcp dport {{ {OPEN}, {PEERS} }} tcp flags syn notrack
    }}
    chain passing {{
        type filter hook forward priority 0;
        tcp dport {{ {OPEN}, {PEERS} }} ct state invalid,untracked \\
            synproxy mss 1460 wscale 7 timestamp sack-perm
        ct state invalid drop
    }}
}}
"""

# The same for IPv6. nft's own checks the checksum of IPv6 as if it were IPv4 (nft_synproxy_do_eval)
# where no device has checked it before, and drops the SYNs of raw sockets.
PORTS = f"-p tcp -m multiport --dports {OPEN},{PEERS}"
PROXY_IPV6 = f"""
-t raw -A PREROUTING {PORTS} --syn -j CT --notrack
-A FORWARD {PORTS} -m conntrack --ctstate INVALID,UNTRACKED -j SYNPROXY \
    --sack-perm --timestamp --wscale 7 --mss 1460
-A FORWARD -m conntrack --ctstate INVALID -j DROP
"""


class Listener:
    """An application on the target that takes whatever there is."""

    def __init__(self, target, family, port):
        kind = socket.AF_INET if family == chain.IPV4 else socket.AF_INET6
        self.target, self.port = target, port
        self.socket = target.inside(
            lambda: socket.create_server((chain.target(family), port), family=kind))
        self.socket.setblocking(False)

    def taken(self):
        """The data of what there is to accept, None if there is nothing."""
        try:
            connection, _ = self.socket.accept()
        except BlockingIOError:
            return None
        with connection:
            connection.setblocking(False)
            try:
                return connection.recv(4096)
            except BlockingIOError:
                return b""

    def left(self):
        """What ss shows of its port besides the listener."""
        return self.target.run("ss", "-Htan", "state", "connected",
                               f"( sport = :{self.port} )").strip()

    def check_untouched(self, name):
        taken = self.taken()
        lab.check(taken is None, f"{name}: the application sees nothing", taken)
        # Each half-open connection is broken off by the host's RST, which is on its way at most.
        chain.wait_for(lambda: not self.left(), 2)
        lab.check(not self.left(), f"{name}: no connection is left, half-open or whole",
                  self.left())


def check_runs(family, name, port, path):
    options = ("-n", "-T", "-p", port, chain.target(family))
    for what, more, count in ((f"{ROUNDS} rounds", ("--interval", 1, "--rounds", ROUNDS), ROUNDS),
                              ("the next process", (), 1), ("the one after", (), 1)):
        found = lab.trace(*more, *options)
        wrong = [chain.brief(record) for record in found if not chain.is_clean(record, path)]
        lab.check(len(found) == count and not wrong, f"{name}, {what}: every hop, no loss",
                  wrong[:1] or len(found))


def by_traceroute(family):
    lines = subprocess.run(["traceroute", "-T", "-n", "-q3", "-w1", "-m8", "-p", str(PEERS),
                            chain.target(family)], stdout=subprocess.PIPE, text=True,
                           check=True).stdout.splitlines()[1:]
    return [line.split()[1] if "*" not in line else "*" for line in lines]


def by_mtr(family):
    text = subprocess.run(["mtr", "-T", "-n", "-r", "-c3", "-i0.3", "-G1", "-m8", "-P", str(PEERS),
                           chain.target(family)], stdout=subprocess.PIPE, text=True,
                          check=True).stdout
    return [address if float(loss) == 0 else "*" for address, loss
            in re.findall(r"^ *\d+\.\|-- (\S+) +(\S+)%", text, re.MULTILINE)]


def check_peers(family, name, path):
    """What traceroute sees shows that the network is as it is meant to be. mtr, for whom a proxy's
    answer comes too early now and then, is only shown beside it."""
    for program, trace in (("traceroute", by_traceroute), ("mtr", by_mtr)):
        if shutil.which(program) is None:
            print(f"# skipped: {name}, {program} -T: it is not installed")
            continue
        found = trace(family)
        if program == "traceroute":
            lab.check(found == path, f"{name}, {program} -T: every hop, no loss", found)
        else:
            print(f"# {name}, {program} -T: {'every hop, no loss' if found == path else found}")


def check_all(routers, family, name, path):
    target = routers["target"]
    listeners = [Listener(target, family, port) for port in (OPEN, PEERS)]
    check_runs(family, f"{name}, a listener", OPEN, path)
    listeners[0].check_untouched(name)
    check_runs(family, f"{name}, a closed port", CLOSED, chain.truth(family))
    check_peers(family, name, path)
    for listener in listeners:
        listener.socket.close()


def proxy_ipv6(router):
    """Raises the SYN proxy for IPv6. False: not to be had here."""
    try:
        for rule in PROXY_IPV6.strip().splitlines():
            router.run("ip6tables", *rule.split())
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        print(f"# skipped: ipv6, a SYN proxy: {error}")
        return False
    return True


def behind(routers, what, rules, check):
    """Calls check(family, name) for each family, with these rules on r2."""
    if not routers["r2"].nft(rules, what):
        return
    for family in chain.FAMILIES:
        check(family, f"ipv{family}, {what}")
    routers["r2"].run("nft", "flush", "ruleset")


def check_proxy(routers):
    """It answers in the target's name, where packets to the target come by."""
    for family, raise_proxy in (
            (chain.IPV4, lambda: routers["r2"].nft(PROXY, "ipv4, a SYN proxy")),
            (chain.IPV6, lambda: proxy_ipv6(routers["r2"]))):
        if raise_proxy():
            routers["r2"].sysctls({"net.netfilter.nf_conntrack_tcp_loose": 0})
            check_all(routers, family, f"ipv{family}, a SYN proxy",
                      chain.truth(family)[:PROXIED] + [chain.target(family)])


def main():
    routers = chain.Chain()
    for family in chain.FAMILIES:
        routers.one_branch(family)

    def plain(family, name):
        check_all(routers, family, name, chain.truth(family))

    behind(routers, "connection tracking", TRACKING, plain)
    behind(routers, "one sequence number a connection", STRICT_BOTH, plain)
    check_proxy(routers)
    routers["r2"].run("nft", "flush", "ruleset")
    routers["target"].sysctls({"net.ipv4.tcp_fastopen": 0x603})
    for family in chain.FAMILIES:
        plain(family, f"ipv{family}, fast open")
    lab.finish()


main()
