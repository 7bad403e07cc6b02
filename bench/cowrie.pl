# The peer of bench/honeypot.py: what the articles' pipe does behind its grep with a line of Cowrie's text log of 2017: who
# wanted to go on to where. Prints requests and the sum of their ports, so that both sides are seen to do the same work.
use strict;
use warnings;

my ($requests, $ports) = (0, 0);
while (<>) {
    next unless /HoneyPotSSHTransport,\d+,(.*?)\].* to (.*?):(\d+) /;
    my $edge = "$1,$3,$2";
    $requests++;
    $ports += $3;
}
print "$requests $ports\n";
