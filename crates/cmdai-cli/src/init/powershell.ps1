# cmdai in PowerShell. In $PROFILE:  Invoke-Expression (& cmdai init powershell | Out-String)
#
# {key} turns the words on the line into a command; so does Enter on a line that begins with `# `. Nothing is run, and a line
# that got no command stays as it was. The words do not reach the history: the line itself is replaced.

# Tells `cmdai fix` what was run last; every other call passes straight on.
function cmdai {
    $ok = $?
    $code = $global:LASTEXITCODE
    $program = Get-Command cmdai -CommandType Application -ErrorAction Stop | Select-Object -First 1
    $word = $args | Where-Object { "$_" -notmatch '^-.' } | Select-Object -First 1
    $isFix = "$word" -ceq 'fix' -and $args -notcontains '--'
    if ($isFix) {
        # A command of PowerShell's own has no number to its failure.
        $status = if ($ok) { 0 } elseif ($code) { $code } else { 1 }
        $env:CMDAI_LAST_COMMAND = (Get-History -Count 1).CommandLine
        $env:CMDAI_LAST_STATUS = $status
    }
    try {
        if ($MyInvocation.ExpectingInput) { $input | & $program @args } else { & $program @args }
    } finally {
        if ($isFix) { Remove-Item Env:CMDAI_LAST_COMMAND, Env:CMDAI_LAST_STATUS -ErrorAction SilentlyContinue }
    }
}

if (Get-Module -ListAvailable PSReadLine) {
    Import-Module PSReadLine

    # Replaces the line with the command for these words.
    function global:__cmdai_replace([string] $words) {
        if (-not $words.Trim()) {
            __cmdai_say 'cmdai: type what you want in plain words, then press this key again'
            return
        }
        # What the program says on standard error is no error of this script.
        $ErrorActionPreference = 'Continue'
        $PSNativeCommandUseErrorActionPreference = $false
        $outer = [Console]::OutputEncoding
        $code = $global:LASTEXITCODE
        try {
            [Console]::OutputEncoding = [Text.UTF8Encoding]::new($false)
            # Words as standard input: older versions take quotes out of arguments.
            $OutputEncoding = [Text.UTF8Encoding]::new($false)
            $program = Get-Command cmdai -CommandType Application -ErrorAction Stop | Select-Object -First 1
            $all = @($words | & $program widget --shell powershell 2>&1)
            $status = $LASTEXITCODE
        } finally {
            [Console]::OutputEncoding = $outer
            $global:LASTEXITCODE = $code
        }
        $said = @($all | Where-Object { $_ -is [Management.Automation.ErrorRecord] } | ForEach-Object { "$_" })
        $command = @($all | Where-Object { $_ -isnot [Management.Automation.ErrorRecord] }) -join "`n"
        if ($said) { __cmdai_say ($said -join "`n") }
        if ($status -eq 0 -and $command) {
            $line = $null
            $cursor = $null
            [Microsoft.PowerShell.PSConsoleReadLine]::GetBufferState([ref] $line, [ref] $cursor)
            [Microsoft.PowerShell.PSConsoleReadLine]::Replace(0, $line.Length, $command)
        } elseif (-not $said) {
            __cmdai_say 'cmdai: cancelled'
        }
    }

    # Prints below the line, which is then painted again under it.
    function global:__cmdai_say([string] $text) {
        [Console]::WriteLine()
        [Console]::WriteLine($text)
        [Microsoft.PowerShell.PSConsoleReadLine]::InvokePrompt()
    }

    $__cmdai_key = @{
        Chord = '{bind}'
        BriefDescription = 'cmdai'
        Description = 'Turn the words on the line into a command'
        ScriptBlock = {
            $line = $null
            $cursor = $null
            [Microsoft.PowerShell.PSConsoleReadLine]::GetBufferState([ref] $line, [ref] $cursor)
            __cmdai_replace $line
        }
    }
    $__cmdai_enter = $null
    #{enter
    $__cmdai_enter = @{
        Chord = 'Enter'
        BriefDescription = 'cmdai or AcceptLine'
        Description = 'Turn a line that begins with # into a command, accept any other'
        ScriptBlock = {
            $line = $null
            $cursor = $null
            [Microsoft.PowerShell.PSConsoleReadLine]::GetBufferState([ref] $line, [ref] $cursor)
            # One line that was typed: not a block that was pasted, and nothing that waits to be read.
            if ($line -match '^# +\S' -and $line -notmatch "`n" -and -not [Console]::KeyAvailable) {
                __cmdai_replace $line
            } else {
                [Microsoft.PowerShell.PSConsoleReadLine]::AcceptLine()
            }
        }
    }
    #enter}
    foreach ($__cmdai_bound in $__cmdai_key, $__cmdai_enter) {
        if (-not $__cmdai_bound) { continue }
        if ((Get-PSReadLineOption).EditMode -eq 'Vi') {
            Set-PSReadLineKeyHandler @__cmdai_bound -ViMode Insert
            Set-PSReadLineKeyHandler @__cmdai_bound -ViMode Command
        } else {
            Set-PSReadLineKeyHandler @__cmdai_bound
        }
    }
    Remove-Variable __cmdai_key, __cmdai_enter, __cmdai_bound -ErrorAction SilentlyContinue
}
