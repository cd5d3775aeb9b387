"""Real Linux routers: network namespaces joined by veth pairs, inside the one that
tests/support/in_namespace makes.

    host --1-- r1 --2-- r2 --3-- r3a --5-- r4 --7-- target
                         \\---4-- r3b --6--/

Link N has 10.9.N.0/24 and fd09:N::/64; the left end is .1, the right one .2. A router's address at
its hop is the right end of the link before it. Only r4 has two such: it sends all its answers by
way of r3a, and Linux takes an IPv4 error's source from there, an IPv6 error's from the link that
the probe came by. The host is the test's own namespace. Every other one is held by a process that
ends with the test, however that ends. Devices bear the name of the node at their other end."""

import ipaddress
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "simulated"))

import lab  # noqa: E402
from node import Node  # noqa: E402

IPV4, IPV6 = 4, 6
FAMILIES = (IPV4, IPV6)
PROTOCOLS = {"icmp": "-I", "udp": "-U", "tcp": "-T"}
LINKS = (("host", "r1"), ("r1", "r2"), ("r2", "r3a"), ("r2", "r3b"), ("r3a", "r4"), ("r3b", "r4"),
         ("r4", "target"))
NODES = ("r1", "r2", "r3a", "r3b", "r4", "target")
HOPS = 5
EMPTY = {"target": None, "address": None, "source": None, "status": None, "stop_reason": None,
         "error": None, "hop_count": 0, "sent": 0, "received": 0, "local_errors": 0,
         "loss_percent": None, "rtt_ms": {}, "path_id": None, "hops": []}

# Neither a limit on ICMP errors nor a check of where packets come from, and no waiting for
# addresses: what is lost here would be lost by the program under test.
SYSCTLS = {"net.ipv4.ip_forward": 1, "net.ipv6.conf.all.forwarding": 1,
           "net.ipv4.conf.all.rp_filter": 0, "net.ipv4.conf.default.rp_filter": 0,
           "net.ipv6.conf.all.accept_dad": 0, "net.ipv6.conf.default.accept_dad": 0,
           "net.ipv4.fib_multipath_hash_policy": 1, "net.ipv6.fib_multipath_hash_policy": 1,
           "net.ipv4.icmp_ratemask": 0, "net.ipv6.icmp.ratemask": ""}

# What a router does that nobody has told otherwise.
DEFAULT_LIMITS = {"net.ipv4.icmp_ratemask": 6168, "net.ipv4.icmp_ratelimit": 1000,
                  "net.ipv6.icmp.ratemask": "0-1,3-127", "net.ipv6.icmp.ratelimit": 1000}


def address(family, link, number):
    """An address on a link: 1 is its left end, 2 its right one, others are free."""
    return f"10.9.{link}.{number}" if family == IPV4 else f"fd09:{link}::{number}"


def mac(link, number):
    return f"02:09:00:00:{link:02x}:{number:02x}"


def length(family):
    """Of the prefix of each link."""
    return 24 if family == IPV4 else 64


def prefix(family, link):
    return f"{address(family, link, 0)}/{length(family)}"


def remote(family, number):
    """An address beyond r2 that nobody has: for routes of a test's own."""
    return f"203.0.113.{number}" if family == IPV4 else f"2001:db8::{number}"


def host_prefix(text):
    """A route's prefix for one address."""
    return f"{text}/{ipaddress.ip_address(text).max_prefixlen}"


def truth(family, branch="r3a"):
    """The addresses of the hops to the target, over one of the two branches."""
    upper = branch == "r3a"
    third = address(family, 3 if upper else 4, 2)
    fourth = address(family, 5 if upper or family == IPV4 else 6, 2)
    return [address(family, 1, 2), address(family, 2, 2), third, fourth, address(family, 7, 2)]


def target(family):
    return address(family, 7, 2)


def addresses(record):
    """What a record shows: for each hop its addresses, joined; a silent hop is "*"."""
    return ["+".join(node["address"] for node in hop["nodes"]) or "*" for hop in record["hops"]]


def losses(record):
    return [hop["loss_percent"] for hop in record["hops"]]


def brief(record):
    """What a failed check should show of a record."""
    keys = ("status", "stop_reason", "error", "hop_count", "sent", "received", "local_errors",
            "loss_percent")
    return {**{key: record[key] for key in keys}, "hops": addresses(record),
            "losses": losses(record)}


def is_clean(record, path):
    """Reached over exactly this path, and nothing was lost anywhere."""
    return (record["status"] == "reached" and record["stop_reason"] == "destination"
            and record["error"] is None and record["hop_count"] == len(path)
            and addresses(record) == path and not any(losses(record))
            and record["loss_percent"] == 0 and record["local_errors"] == 0)


def is_local_error(record):
    """Nothing left this host, and the record says so in a sentence."""
    return (record["status"] == "error" and record["stop_reason"] == "error"
            and isinstance(record["error"], str) and record["error"] != ""
            and record["sent"] == 0 and record["received"] == 0
            and record["loss_percent"] is None and record["hop_count"] == 0
            and record["hops"] == [] and record["path_id"] is None)


def cases():
    """Every family with every protocol: family, what to call the case, the options."""
    for family in FAMILIES:
        for protocol, flag in PROTOCOLS.items():
            yield family, f"ipv{family} {protocol}", ("-n", flag)


def one(*arguments, **options):
    """Traces one target; an empty record if it gave none."""
    found = lab.trace(*arguments, **options)
    return found[0] if len(found) == 1 else dict(EMPTY, error=f"{len(found)} records")


def wait_for(condition, seconds=5):
    """Until the condition holds, or the time is up; the last thing it said."""
    end = time.monotonic() + seconds
    while not (said := condition()) and time.monotonic() < end:
        time.sleep(0.02)
    return said


class Chain:
    """The routers, up and running; nodes by name."""

    def __init__(self):
        self.sources = 0
        self.nodes = {name: Node(name) for name in NODES}
        self.nodes["host"] = Node("host", own=True)
        for node in self.nodes.values():
            node.sysctls(SYSCTLS)
            node.ip("link set lo up")
        self.links = {}
        for number, ends in enumerate(LINKS, start=1):
            self.join(number, ends)
        for family in FAMILIES:
            self._route(family)

    def __getitem__(self, name):
        return self.nodes[name]

    def join(self, number, ends):
        """Makes a link with its addresses; neighbours never have to be asked for."""
        self.links[number] = ends
        left, right = (self.nodes[name] for name in ends)
        macs = [mac(number, end) for end in (1, 2)]
        place = "" if left.process is None else f"netns {left.process.pid}"
        self.nodes["host"].ip(f"link add name {right.name} address {macs[0]} {place} type veth "
                              f"peer name {left.name} address {macs[1]} "
                              f"netns {right.process.pid}")
        left.ip(f"link set {right.name} up")
        right.ip(f"link set {left.name} up")
        self.readdress(number)

    def readdress(self, number):
        """Addresses and neighbours of a link, again after one of its ends was down."""
        left, right = (self.nodes[name] for name in self.links[number])
        for node, device, end in ((left, right.name, 1), (right, left.name, 2)):
            for family in FAMILIES:
                nodad = "nodad" if family == IPV6 else ""
                node.ip(f"address replace {address(family, number, end)}/{length(family)} "
                        f"dev {device} {nodad}",
                        f"neigh replace {address(family, number, 3 - end)} "
                        f"lladdr {mac(number, 3 - end)} dev {device} nud permanent")

    def _route(self, family):
        for name, link in (("r1", 2), ("r3a", 5), ("r3b", 6), ("r4", 7)):
            self.nodes[name].ip(f"route add default via {address(family, link, 2)}")
        self.route_host(family)
        flag = f"-{family}"
        self.nodes["r2"].run("ip", flag, "route", "add", "default",
                             "nexthop", "via", address(family, 3, 2),
                             "nexthop", "via", address(family, 4, 2))
        for name, link in (("r2", 2), ("r3a", 3), ("r3b", 4), ("r4", 5), ("target", 7)):
            self.nodes[name].ip(f"route add {prefix(family, 1)} via {address(family, link, 1)}")

    def route_host(self, family):
        """The host's way out, again after its link was down."""
        self.nodes["host"].ip(f"route replace default via {address(family, 1, 2)}")

    def fresh_source(self, family):
        """One more address of the host, whose probes no router has counted yet."""
        self.sources += 1
        text = address(family, 1, 10 + self.sources)
        self.nodes["host"].ip(f"address add {text}/{length(family)} dev r1"
                              f"{' nodad' if family == IPV6 else ''}")
        self.nodes["r1"].ip(f"neigh replace {text} lladdr {mac(1, 1)} dev host nud permanent")
        return text

    def one_branch(self, family, branch="r3a"):
        """Takes one of the two equal ways away."""
        link = 3 if branch == "r3a" else 4
        self.nodes["r2"].ip(f"route replace default via {address(family, link, 2)}")
