# The peer of bench/lines.py: what a firewall plotter in Perl does with a RouterOS line, whole: match, time, addresses,
# ports. Prints lines, records and a checksum over all of them, so that both sides are seen to do the same work.
use strict;
use warnings;
use Time::Local qw(timegm);
use Socket qw(inet_aton);

my %month = (Jan => 0, Feb => 1, Mar => 2, Apr => 3, May => 4, Jun => 5, Jul => 6, Aug => 7, Sep => 8, Oct => 9, Nov => 10, Dec => 11);
my %midnight;
my ($lines, $records, $sum) = (0, 0, 0);
my $year = shift @ARGV;
while (<>) {
    $lines++;
    next unless /^(\w{3}) +(\d+) (\d\d):(\d\d):(\d\d) (\S+) .*? in:(\S+) out:.*?, .*?proto (\w+)(?: \(([A-Z,]+)\))?, ([\d.]+):(\d+)->([\d.]+):(\d+), len (\d+)/;
    my $time = ($midnight{"$1 $2"} //= timegm(0, 0, 0, $2, $month{$1}, $year)) + $3 * 3600 + $4 * 60 + $5;
    my ($source, $target) = (unpack("N", inet_aton($10)), unpack("N", inet_aton($12)));
    $records++;
    $sum += $time % 86400 + $source + $target + $11 + $13 + $14;
}
printf "%d %d %.0f\n", $lines, $records, $sum;
