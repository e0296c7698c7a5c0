/* SPDX-License-Identifier: MIT */
/*
 * screen - what a person at QEMU's window would do: look at the screen, press keys.
 *
 *	screen text MONITOR FONT	what the screen shows, row by row, blanks at the end cut off
 *	screen cell MONITOR FONT ROW COLUMN	the colours of one cell, text and background
 *	screen keys MONITOR KEY...	press keys, by QEMU's names (`a`, `shift-a`, `ret`)
 *
 * A cell is read by comparing its pixels with the glyphs of the console's own font: any two colours
 * will do, and a cell that is no glyph reads as '?'.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { WIDTH = 8, HEIGHT = 16, GLYPHS = 512, HEADER = 4 };

static uint8_t glyphs[GLYPHS][HEIGHT];
static uint16_t character_of[GLYPHS];
static uint8_t *pixels;
static int width, height;

static void die(const char *what)
{
	perror(what);
	exit(2);
}

/* --- the monitor ----------------------------------------------------------------------------- */

static int monitor_open(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)))
		die(path);
	return fd;
}

/* Until the monitor asks for the next command. */
static void monitor_wait(int fd)
{
	static const char prompt[] = "(qemu) ";
	size_t matched = 0;
	char c;

	while (matched < sizeof(prompt) - 1) {
		if (read(fd, &c, 1) != 1)
			die("the monitor");
		matched = c == prompt[matched] ? matched + 1 : c == prompt[0];
	}
}

static void monitor_say(int fd, const char *command)
{
	if (write(fd, command, strlen(command)) != (ssize_t)strlen(command) ||
	    write(fd, "\n", 1) != 1)
		die("the monitor");
	monitor_wait(fd);
}

/* --- the picture ----------------------------------------------------------------------------- */

static void picture_read(const char *path)
{
	FILE *file = fopen(path, "rb");

	if (!file || fscanf(file, "P6 %d %d 255", &width, &height) != 2 || fgetc(file) == EOF ||
	    width <= 0 || height <= 0 || width > 10000 || height > 10000)
		die(path);
	pixels = malloc((size_t)width * (size_t)height * 3);
	if (!pixels || fread(pixels, 3, (size_t)width * (size_t)height, file) !=
			       (size_t)width * (size_t)height)
		die(path);
	fclose(file);
}

static void picture_take(const char *monitor)
{
	char path[] = "/tmp/screen.XXXXXX", command[64];
	int file = mkstemp(path), fd = monitor_open(monitor);

	if (file < 0)
		die(path);
	close(file);
	monitor_wait(fd);
	snprintf(command, sizeof(command), "screendump %s", path);
	monitor_say(fd, command);
	close(fd);
	picture_read(path);
	unlink(path);
}

/* --- the font -------------------------------------------------------------------------------- */

static void font_read(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t header[HEADER], word[2];

	if (!file || fread(header, 1, HEADER, file) != HEADER || header[3] != HEIGHT ||
	    fread(glyphs, HEIGHT, GLYPHS, file) != GLYPHS)
		die(path);
	for (int glyph = 0; glyph < GLYPHS && fread(word, 1, 2, file) == 2;) {
		uint16_t value = (uint16_t)(word[0] | word[1] << 8);

		if (value == 0xffff)
			glyph++;
		else if (value < 0xfffd && (!character_of[glyph] || value < character_of[glyph]))
			character_of[glyph] = value;
	}
	fclose(file);
}

static uint32_t pixel(int x, int y)
{
	const uint8_t *p = pixels + ((size_t)y * (size_t)width + (size_t)x) * 3;

	return (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
}

/* Which pixels differ from the cell's first; *other is their colour. */
static bool cell_read(int row, int column, uint8_t bits[HEIGHT], uint32_t *first, uint32_t *other)
{
	int left = column * WIDTH, top = row * HEIGHT;

	*first = *other = pixel(left, top);
	for (int y = 0; y < HEIGHT; y++) {
		bits[y] = 0;
		for (int x = 0; x < WIDTH; x++) {
			uint32_t colour = pixel(left + x, top + y);

			if (colour == *first)
				continue;
			if (*other != *first && colour != *other)
				return false;
			*other = colour;
			bits[y] |= (uint8_t)(0x80 >> x);
		}
	}
	return true;
}

/* The character; *inverse: the cell's first pixel is of the text. */
static uint32_t cell_character(int row, int column, bool *inverse)
{
	uint8_t bits[HEIGHT], turned[HEIGHT];
	uint32_t first, other, found = '?';

	*inverse = false;
	if (!cell_read(row, column, bits, &first, &other))
		return '?';
	for (int y = 0; y < HEIGHT; y++)
		turned[y] = (uint8_t)~bits[y];
	if (first == other)
		return ' ';
	for (int glyph = GLYPHS - 1; glyph >= 0; glyph--) {
		bool is = !memcmp(glyphs[glyph], bits, HEIGHT);

		if (!is && memcmp(glyphs[glyph], turned, HEIGHT))
			continue;
		/* Of glyphs that look alike the lowest character. */
		if (found == '?' || character_of[glyph] < found) {
			found = character_of[glyph];
			*inverse = !is;
		}
	}
	return found;
}

static void put_utf8(uint32_t c)
{
	if (c < 0x80)
		putchar((int)c);
	else if (c < 0x800)
		printf("%c%c", (int)(0xc0 | c >> 6), (int)(0x80 | (c & 0x3f)));
	else
		printf("%c%c%c", (int)(0xe0 | c >> 12), (int)(0x80 | (c >> 6 & 0x3f)),
		       (int)(0x80 | (c & 0x3f)));
}

static void text_print(void)
{
	for (int row = 0; row < height / HEIGHT; row++) {
		int end = width / WIDTH;
		bool inverse;

		while (end && cell_character(row, end - 1, &inverse) == ' ')
			end--;
		for (int column = 0; column < end; column++)
			put_utf8(cell_character(row, column, &inverse));
		putchar('\n');
	}
}

static void cell_print(int row, int column)
{
	uint8_t bits[HEIGHT];
	uint32_t first, other;
	bool inverse;

	if (row >= height / HEIGHT || column >= width / WIDTH ||
	    !cell_read(row, column, bits, &first, &other)) {
		printf("none\n");
		return;
	}
	(void)cell_character(row, column, &inverse);
	printf("%06x on %06x\n", inverse ? first : other, inverse ? other : first);
}

int main(int argc, char **argv)
{
	char command[128];
	int fd;

	if (argc >= 4 && !strcmp(argv[1], "keys")) {
		fd = monitor_open(argv[2]);
		monitor_wait(fd);
		for (int i = 3; i < argc; i++) {
			snprintf(command, sizeof(command), "sendkey %s 20", argv[i]);
			monitor_say(fd, command);
			/* QEMU lets go of the key by its own clock, after 20 ms. */
			usleep(40000);
		}
		return 0;
	}
	if (argc < 4)
		return 2;
	font_read(argv[3]);
	picture_take(argv[2]);
	if (!strcmp(argv[1], "text"))
		text_print();
	else if (!strcmp(argv[1], "cell") && argc == 6)
		cell_print(atoi(argv[4]), atoi(argv[5]));
	else
		return 2;
	return 0;
}
