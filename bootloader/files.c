/* SPDX-License-Identifier: MIT */
/* files.c - read whole files from the volumes that firmware understands. */
#include "bootloader/loader.h"

static EFI_GUID volume_guid = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;
static EFI_GUID info_guid = EFI_FILE_INFO_ID;

static EFI_FILE_HANDLE file_open(EFI_HANDLE volume, const CHAR16 *path)
{
	EFI_FILE_IO_INTERFACE *system;
	EFI_FILE_HANDLE root, file;

	if (EFI_ERROR(BS->HandleProtocol(volume, &volume_guid, (void **)&system)) ||
	    EFI_ERROR(system->OpenVolume(system, &root)))
		return NULL;
	if (EFI_ERROR(root->Open(root, &file, (CHAR16 *)path, EFI_FILE_MODE_READ, 0)))
		file = NULL;
	root->Close(root);
	return file;
}

static u64 file_length(EFI_FILE_HANDLE file, const CHAR16 *path)
{
	u8 buffer[SIZE_OF_EFI_FILE_INFO + 512] __attribute__((aligned(8)));
	UINTN size = sizeof(buffer);

	if (EFI_ERROR(file->GetInfo(file, &info_guid, &size, buffer)))
		refuse(L"the size of the file %s cannot be read", path);
	return ((EFI_FILE_INFO *)buffer)->FileSize;
}

static struct file contents_read(EFI_FILE_HANDLE file, const CHAR16 *path)
{
	/* Some firmware fails on requests of many megabytes. */
	enum { CHUNK = 1 << 20 };
	struct file result = { 0, file_length(file, path) };
	u64 done = 0;

	/* One byte more than the file: text files end with a NUL. */
	result.base = pages_alloc(result.length + 1);
	if (!result.base)
		refuse(L"the file %s has %ld bytes, more than memory can hold", path,
		       result.length);
	while (done < result.length) {
		UINTN count = result.length - done < CHUNK ? result.length - done : CHUNK;

		if (EFI_ERROR(file->Read(file, &count, (void *)(result.base + done))) || !count)
			refuse(L"the file %s cannot be read beyond byte %ld", path, done);
		done += count;
	}
	file->Close(file);
	return result;
}

struct file file_read(EFI_HANDLE volume, const CHAR16 *path)
{
	EFI_FILE_HANDLE file = file_open(volume, path);

	return file ? contents_read(file, path) : (struct file){ 0, 0 };
}

struct file file_read_elsewhere(EFI_HANDLE not_from, const CHAR16 *path)
{
	EFI_HANDLE *volumes = NULL;
	struct file result = { 0, 0 };
	UINTN count = 0;

	if (EFI_ERROR(BS->LocateHandleBuffer(ByProtocol, &volume_guid, NULL, &count, &volumes)))
		return result;
	for (UINTN i = 0; i < count && !result.base; i++)
		if (volumes[i] != not_from)
			result = file_read(volumes[i], path);
	BS->FreePool(volumes);
	return result;
}
