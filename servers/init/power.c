/* SPDX-License-Identifier: MIT */
/*
 * power.c - switching off by ACPI S5, resetting by three ways in turn, halting.
 */
#include "libsys/driver.h"
#include "libsys/heap.h"
#include "libsys/log.h"
#include "libsys/start.h"
#include "servers/init/acpi.h"
#include "servers/init/init.h"

#define SETTLE_NS 20000000ul  /* for the last lines of the log to reach the port */
#define WAIT_NS	  500000000ul /* for the machine to obey */

enum {
	PM1_SCI_ENABLED = 1,
	PM1_SLEEP_TYPE_SHIFT = 10,
	PM1_SLEEP_TYPE_MASK = 7 << PM1_SLEEP_TYPE_SHIFT,
	PM1_SLEEP_ENABLE = 1 << 13,
	RESET_CONTROL = 0xcf9,
	KEYBOARD_STATUS = 0x64,
};

/* The notification's top usable bit, which nobody signals: waiting for it is sleeping. */
static void sleep_ns(u64 ns)
{
	sys_notification_wait(state.deaths, (u64)1 << 61, sys_clock_read() + ns);
}

static const void *device_read(u64 physical, u64 length)
{
	static u64 mapped, mapped_length;
	static cap_t slice;
	u64 first = physical & ~PAGE_MASK;
	u64 end = (physical + length + PAGE_MASK) & ~PAGE_MASK;
	i64 result;

	if (mapped) {
		sys_space_unmap(CAP_SELF_SPACE, mapped, mapped_length);
		sys_cap_delete(slice);
		mapped = 0;
	}
	if (end <= first)
		return NULL;
	result = sys_memory_slice(CAP_SELF_BUDGET, grant_find("device"), first, end - first);
	if (result < 0)
		return NULL;
	slice = result;
	result = memory_map(slice, 0, end - first, PROTECT_READ);
	if (map_failed(result)) {
		sys_cap_delete(slice);
		return NULL;
	}
	mapped = result;
	mapped_length = end - first;
	return (const u8 *)mapped + (physical - first);
}

static cap_t ports(u64 first, u64 count)
{
	i64 cap = sys_ioport_create(CAP_SELF_BUDGET, grant_find("ioport"), first, count);

	return cap < 0 ? CAP_NONE : (cap_t)cap;
}

/* Hand power management over from the firmware, where it still has it. */
static void acpi_enable(const struct acpi_power *power, cap_t pm1a)
{
	cap_t smi;

	if (port_read16(pm1a, 0) & PM1_SCI_ENABLED || !power->smi_command || !power->enable)
		return;
	smi = ports(power->smi_command, 1);
	port_write8(smi, 0, power->enable);
	for (int i = 0; i < 300 && !(port_read16(pm1a, 0) & PM1_SCI_ENABLED); i++)
		sleep_ns(1000000);
}

static void sleep_enter(cap_t pm1, u16 type)
{
	u16 value = port_read16(pm1, 0) & ~(PM1_SLEEP_TYPE_MASK | PM1_SLEEP_ENABLE);

	value |= (u16)(type << PM1_SLEEP_TYPE_SHIFT) & PM1_SLEEP_TYPE_MASK;
	port_write16(pm1, 0, value | PM1_SLEEP_ENABLE);
}

static void switch_off(void)
{
	struct acpi_power power;
	cap_t pm1a;

	if (acpi_read(&power, device_read, state.boot->rsdp) || !power.has_s5) {
		log_printf("this machine offers no ACPI S5: it is halted and may be switched off");
		sleep_ns(SETTLE_NS);
		power_halt();
	}
	pm1a = ports(power.pm1a, 2);
	acpi_enable(&power, pm1a);
	sleep_enter(pm1a, power.type_a);
	if (power.pm1b)
		sleep_enter(ports(power.pm1b, 2), power.type_b);
	sleep_ns(WAIT_NS);
	log_printf("ACPI S5 had no effect: the machine is halted and may be switched off");
	sleep_ns(SETTLE_NS);
	power_halt();
}

static void reset_by_register(const struct acpi_power *power)
{
	i64 slice, address;

	if (power->reset_space == 1) {
		port_write8(ports(power->reset_address, 1), 0, power->reset_value);
		return;
	}
	slice = sys_memory_slice(CAP_SELF_BUDGET, grant_find("device"),
				 power->reset_address & ~PAGE_MASK, PAGE_SIZE);
	if (slice < 0)
		return;
	address = memory_map(slice, 0, PAGE_SIZE, PROTECT_READ | PROTECT_WRITE);
	if (!map_failed(address))
		*((volatile u8 *)address + (power->reset_address & PAGE_MASK)) = power->reset_value;
}

static void reset(void)
{
	struct acpi_power power;
	cap_t control;

	if (!acpi_read(&power, device_read, state.boot->rsdp) && power.has_reset) {
		reset_by_register(&power);
		sleep_ns(WAIT_NS);
	}
	control = ports(RESET_CONTROL, 1);
	port_write8(control, 0, 2);
	port_write8(control, 0, 6);
	sleep_ns(WAIT_NS);
	port_write8(ports(KEYBOARD_STATUS, 1), 0, 0xfe);
	sleep_ns(WAIT_NS);
	sys_power_control(grant_find("power"), POWER_RESET);
}

void power_off(void)
{
	log_printf("power off");
	sleep_ns(SETTLE_NS);
	switch_off();
}

void power_later(bool again)
{
	if (state.power_at)
		return;
	/* Of a debug build; it names each in the log, where tests look for them. */
	(void)sys_inspect_check(grant_find("inspect"));
	log_printf(again ? "reset" : "power off");
	state.power_again = again;
	state.power_at = sys_clock_read() + SETTLE_NS;
	state.power_last = state.power_at + WAIT_NS;
	sys_notification_timer(state.deaths, state.power_at, (u64)1 << TIMER_BIT);
}

static bool all_serve(void)
{
	for (u32 i = 0; i < state.server_count; i++)
		if (state.server[i].line->restart == RESTART_ALWAYS && !state.server[i].ready)
			return false;
	return true;
}

void power_due(void)
{
	u64 now = sys_clock_read();

	/* Who takes the log to the port may have to be started again first. */
	if (!all_serve() && now < state.power_last) {
		state.power_at = now + SETTLE_NS;
		return;
	}
	if (state.power_again)
		reset();
	switch_off();
}

void power_halt(void)
{
	for (;;)
		sys_power_control(grant_find("power"), POWER_HALT);
}
