#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# profile.pl - add up by function what laps.c counted, see profile:
#
#	profile.pl [--lines] IDT FILE OPERATIONS KERNEL PROGRAM...
#
# OPERATIONS: how many there were, or 0 if the file says so.  The kernel lies
# where its interrupt descriptor table is.  Where a program lies is not known: it is where its functions
# would all have been entered at their first instruction.  --lines: by line of the kernel's source instead.
use strict;
use warnings;
no warnings 'portable';

my $by_line = @ARGV && $ARGV[0] eq '--lines' && shift;
my ($idt, $file, $operations, @images) = @ARGV;
my (%times, %sum);
open my $counted, '<', $file or die "profile: $file: $!\n";
my $laps = (split ' ', <$counted>)[1];
while (<$counted>) {
	my ($address, $times) = split;
	$times{hex $address} += $times;
}
$operations ||= $laps;

# [address, name] of each function, and the address of the IDT, as linked.
sub functions {
	my ($image) = @_;
	my (@functions, $table);
	for (`nm -n $image`) {
		my ($address, $kind, $name) = split;
		next unless defined $name;
		$table = hex $address if $name eq 'idt';
		push @functions, [hex $address, $name] if $kind =~ /[tT]/;
	}
	return ($table, @functions);
}

# The function that lies at that address of the image.
sub function_at {
	my ($at, @functions) = @_;
	my ($low, $high) = (0, scalar @functions);
	while ($high - $low > 1) {
		my $middle = ($low + $high) >> 1;
		if ($functions[$middle][0] <= $at) { $low = $middle } else { $high = $middle }
	}
	return $functions[$low];
}

# How well a program fits there: functions that were entered, less those of which only the middle ran.
sub fits {
	my ($base, @functions) = @_;
	my %ran;
	my $end = $functions[-1][0] + 0x1000;
	$ran{function_at($_ - $base, @functions)->[0]} = 1 for grep { $_ >= $base && $_ < $base + $end } keys %times;
	my $entered = grep { $times{$base + $_} } keys %ran;
	return 2 * $entered - keys %ran;
}

sub base_of {
	my ($slot, @functions) = @_;
	my (%vote, %low);
	push @{$low{$_ & 0xfff}}, $_ for @$slot;
	for my $function (@functions) {
		$vote{$_ - $function->[0]}++ for @{$low{$function->[0] & 0xfff} // []};
	}
	my @likely = (sort { $vote{$b} <=> $vote{$a} } keys %vote)[0 .. 9];
	my ($best) = sort { fits($b, @functions) <=> fits($a, @functions) } grep { defined } @likely;
	return defined $best && fits($best, @functions) > 1 ? ($best, fits($best, @functions)) : ();
}

sub add {
	my ($base, $prefix, @functions) = @_;
	my $end = $functions[-1][0] + 0x1000;
	$sum{$prefix . function_at($_ - $base, @functions)->[1]} += delete $times{$_}
		for grep { $_ >= $base && $_ < $base + $end } keys %times;
}

my $kernel = shift @images;
my ($table, @kernel) = functions($kernel);
if ($by_line) {
	my $base = hex($idt) - $table;
	my @own = sort { $a <=> $b } grep { $_ >= $base && $_ < $base + $kernel[-1][0] + 0x1000 } keys %times;
	my $asked = join ' ', map { sprintf '0x%x', $_ - $base } @own;
	for my $line (split /\n/, `addr2line -e $kernel $asked`) {
		$line =~ s{^.*/(microkernel/)|\s*\(discriminator.*}{$1 // ''}ge;
		$sum{$line} += $times{shift @own};
	}
	my %at = map { my ($path, $number) = split /:/; $_ => [$path, $number =~ /^\d/ ? $number : 0] } keys %sum;
	printf "%10.1f  %s\n", $sum{$_} / $operations, $_
		for grep { $sum{$_} >= $operations / 2 }
			sort { $at{$a}[0] cmp $at{$b}[0] || $at{$a}[1] <=> $at{$b}[1] } keys %sum;
	exit;
}
add(hex($idt) - $table, '', @kernel);
my %programs;
for my $image (@images) {
	my (undef, @functions) = functions($image);
	$programs{$1} = \@functions if $image =~ m{([^/]+)\.elf$};
}
# Who fits best comes first: all have libsys in common, and what is taken is gone.
while (%programs) {
	my @slot = grep { $_ >= 0xffff800000000000 && $_ < 0xffff808000000000 } keys %times;
	my %found;
	for my $name (keys %programs) {
		my ($base, $fit) = base_of(\@slot, @{$programs{$name}});
		$found{$name} = [$fit, $base] if defined $base;
	}
	my ($name) = sort { $found{$b}[0] <=> $found{$a}[0] || $a cmp $b } keys %found;
	last unless defined $name;
	add($found{$name}[1], "$name: ", @{delete $programs{$name}});
}
$sum{$_ >= 0xffff800000000000 ? '(another native program)' : '(the program)'} += $times{$_} for keys %times;
printf "%10.1f  %s\n", $sum{$_} / $operations, $_ for sort { $sum{$b} <=> $sum{$a} || $a cmp $b } keys %sum;
